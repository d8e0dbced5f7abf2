//! `cargo xtask migrate`: applies migrations. refinery keeps a history table and runs each migration in a transaction.

mod connection;
mod grants;

use crate::paths;
use anyhow::{Context, Result, bail};
use clap::Args;
use refinery::{Migration, Runner, Target};
use std::{fs, future::poll_fn, path::Path};
use tokio_postgres::{AsyncMessage, Client, error::SqlState};

/// An arbitrary number: the advisory lock that a migrating process holds.
const LOCK: i64 = 5_128_404_520;

/// Options of `cargo xtask migrate`.
#[derive(Args)]
pub struct Options {
    /// postgres://user:password@host:port/database; sslmode and sslrootcert as for psql
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// Applies pending migrations and prints them.
///
/// # Errors
/// The URL is invalid, the server does not respond, or a migration fails, which is then rolled back as a whole.
pub async fn run(options: &Options) -> Result<()> {
    let applied = up(&options.database_url, |notice| eprintln!("  {notice}")).await?;
    for migration in &applied {
        eprintln!("✔ {migration}");
    }
    eprintln!("{} migrations applied", applied.len());
    Ok(())
}

/// Applies pending migrations, after any concurrent migration has ended. Returns the names of the applied ones; `on_notice`
/// receives the notices that migrations raise.
///
/// # Errors
/// As [`run`].
pub async fn up(url: &str, on_notice: fn(&str)) -> Result<Vec<String>> {
    up_from(&paths::root(), url, on_notice).await
}

/// As [`up`], with the migrations of another checkout.
///
/// # Errors
/// As [`run`].
pub async fn up_from(checkout: &Path, url: &str, on_notice: fn(&str)) -> Result<Vec<String>> {
    let all = in_folder(&checkout.join("migrations"))?;
    // A transaction-level lock on its own connection: behind a transaction-mode pooler, session-level locks do not work.
    let lock = open(url).await?;
    lock.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let mut client = connect_with_notices(url, on_notice).await?;
    let invoker_views = grants::security_invoker_views(&client).await?;
    let applied = apply_all(&all, &mut client).await;
    // Even if a migration has failed, since the earlier ones are kept.
    grants::restore_security_invoker(&client, &invoker_views)
        .await
        .context("a view's security_invoker could not be restored")?;
    applied
}

async fn apply_all(all: &[Migration], client: &mut Client) -> Result<Vec<String>> {
    let mut applied = Vec::new();
    if let Some(grants) = grants::to_restore(client).await? {
        let first = Runner::new(all).set_target(Target::Version(grants::LAST_DROP));
        applied.extend(apply(&first, client).await?);
        for grant in grants {
            client.batch_execute(&grant).await.context("a grant could not be restored")?;
        }
    }
    applied.extend(apply(&Runner::new(all), client).await?);
    Ok(applied)
}

async fn apply(runner: &Runner, client: &mut Client) -> Result<Vec<String>> {
    let report = runner.run_async(client).await.context("a migration failed")?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Connects to a database by a user-supplied URL.
///
/// # Errors
/// The URL is invalid, or the server does not respond. The message does not repeat the URL, which may contain a password.
pub async fn open(url: &str) -> Result<Client> {
    let (client, connection) = connection::connect(url).await?;
    // It ends with the client; the next statement reports its errors.
    tokio::spawn(connection);
    Ok(client)
}

/// Connects, and passes on notices raised by migrations.
async fn connect_with_notices(url: &str, on_notice: fn(&str)) -> Result<Client> {
    let (client, mut connection) = connection::connect(url).await?;
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            // Other codes are Postgres' own notices, for example that an object already exists.
            if let AsyncMessage::Notice(notice) = message
                && *notice.code() == SqlState::SUCCESSFUL_COMPLETION
            {
                on_notice(notice.message());
            }
        }
    });
    Ok(client)
}

/// All migrations of the checkout, in order.
///
/// # Errors
/// A file is not named as a migration, and would be skipped.
pub fn all() -> Result<Vec<Migration>> {
    in_folder(&paths::root().join("migrations"))
}

fn in_folder(folder: &Path) -> Result<Vec<Migration>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !is_migration_name(&name) {
            bail!(
                "migrations/{name} is not named as a migration, V<number>__<name>.sql with letters, digits and _ in the \
                 name: it would never be applied"
            );
        }
    }
    Ok(refinery::load_sql_migrations(folder)?)
}

fn is_migration_name(file: &str) -> bool {
    let parts = file.strip_prefix('V').and_then(|rest| rest.strip_suffix(".sql")?.split_once("__"));
    parts.is_some_and(|(number, name)| {
        number.parse::<u32>().is_ok_and(|parsed| parsed.to_string() == number)
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_found_and_invalid_names_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let count = || in_folder(folder.path()).map(|all| all.len());
        let file = |name: &str| folder.path().join(name);
        assert_eq!(count().unwrap(), 0);
        fs::write(file("V1__shops.sql"), "SELECT 1;").unwrap();
        fs::write(file(".V2__being_edited.sql.swp"), "").unwrap();
        assert_eq!(count().unwrap(), 1);
        fs::write(file("V2__more_2.sql"), "SELECT 2;").unwrap();
        assert_eq!(count().unwrap(), 2);
        for name in [
            "V3__with-hyphen.sql",
            "V3_one_line.sql",
            "V__none.sql",
            "V03__zero.sql",
            "V+3__plus.sql",
            "v3__small.sql",
            "U3__undo.sql",
            "V3__.sql",
            "V3__text.txt",
            "V3__ü.sql",
        ] {
            fs::write(file(name), "SELECT 3;").unwrap();
            let error = count().unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("V<number>__<name>.sql"), "{error}");
            fs::remove_file(file(name)).unwrap();
        }
    }
}
