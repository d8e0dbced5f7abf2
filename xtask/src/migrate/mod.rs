//! Bringing a database up to date. refinery keeps a history table and runs each migration in a transaction.

mod connection;
mod grants;

use crate::paths;
use anyhow::{Context, Result, bail};
use clap::Args;
use refinery::{Migration, Runner, Target};
use std::{fs, future::poll_fn, path::Path};
use tokio_postgres::{AsyncMessage, Client, error::SqlState};

/// Any number: who migrates a database holds this lock in it.
const LOCK: i64 = 5_128_404_520;

/// Which database.
#[derive(Args)]
pub struct Options {
    /// postgres://user:password@host:port/database; sslmode and sslrootcert as for psql
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// Applies what is missing and prints it.
///
/// # Errors
/// The address is wrong, the server does not answer, or a migration fails; then that one is undone as a whole.
pub async fn run(options: &Options) -> Result<()> {
    let applied = up(&options.database_url, |notice| eprintln!("  {notice}")).await?;
    for migration in &applied {
        eprintln!("✔ {migration}");
    }
    eprintln!("{} migrations applied", applied.len());
    Ok(())
}

/// Applies what is missing, after whoever else is doing so. Answers with the names of what was applied; `tell` gets what the
/// migrations say that they have done.
///
/// # Errors
/// As [`run`].
pub async fn up(url: &str, tell: fn(&str)) -> Result<Vec<String>> {
    let all = all()?;
    // Held by a transaction of a connection of its own: behind a pooler, a session is nobody's.
    let turn = open(url).await?;
    turn.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})")).await?;
    let mut client = heard(url, tell).await?;
    let invokers = grants::invokers(&client).await?;
    let applied = apply_all(&all, &mut client).await;
    // Also where a migration has failed: those before it stay.
    grants::keep_invokers(&client, &invokers).await.context("a view could not be kept as it was")?;
    applied
}

async fn apply_all(all: &[Migration], client: &mut Client) -> Result<Vec<String>> {
    let mut applied = Vec::new();
    if let Some(grants) = grants::to_keep(client).await? {
        let first = Runner::new(all).set_target(Target::Version(grants::LAST_DROP));
        applied.extend(apply(&first, client).await?);
        for grant in grants {
            client.batch_execute(&grant).await.context("a grant could not be kept")?;
        }
    }
    applied.extend(apply(&Runner::new(all), client).await?);
    Ok(applied)
}

async fn apply(runner: &Runner, client: &mut Client) -> Result<Vec<String>> {
    let report = runner.run_async(client).await.context("a migration failed")?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Connects to the database of an address that somebody has typed.
///
/// # Errors
/// The address is wrong, or the server does not answer. Neither repeats it: it may hold a password.
pub async fn open(url: &str) -> Result<Client> {
    let (client, connection) = connection::connect(url).await?;
    // It ends with the client; a failure is told by the next statement.
    tokio::spawn(connection);
    Ok(client)
}

/// Connects, and tells what the server has to say besides its answers.
async fn heard(url: &str, tell: fn(&str)) -> Result<Client> {
    let (client, mut connection) = connection::connect(url).await?;
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            // Others tell that something was there already.
            if let AsyncMessage::Notice(notice) = message
                && *notice.code() == SqlState::SUCCESSFUL_COMPLETION
            {
                tell(notice.message());
            }
        }
    });
    Ok(client)
}

/// All migrations, in order, as they are in the checkout now.
///
/// # Errors
/// A file's name is none of a migration: it would be passed over.
pub fn all() -> Result<Vec<Migration>> {
    in_folder(&paths::root().join("migrations"))
}

fn in_folder(folder: &Path) -> Result<Vec<Migration>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !is_named(&name) {
            bail!(
                "migrations/{name} is not named as a migration, V<number>__<name>.sql with letters, digits and _ in the \
                 name: it would never be applied"
            );
        }
    }
    Ok(refinery::load_sql_migrations(folder)?)
}

fn is_named(file: &str) -> bool {
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
    fn a_file_is_seen_at_once_and_one_with_a_wrong_name_is_an_error() {
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
