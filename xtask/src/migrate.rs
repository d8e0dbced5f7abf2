//! Bringing a database up to date. refinery keeps a history table and runs each migration in a transaction.

use crate::stack::postgres::connect;
use anyhow::{Context, Result, ensure};
use clap::Args;
use tokio_postgres::Client;

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// Which database.
#[derive(Args)]
pub struct Options {
    /// postgres://user:password@host:port/database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// Applies what is missing and prints it.
///
/// # Errors
/// The address is wrong, the server does not answer, or a migration fails; then that one is undone as a whole.
pub async fn run(options: &Options) -> Result<()> {
    let applied = up(&options.database_url).await?;
    for migration in &applied {
        eprintln!("✔ {migration}");
    }
    eprintln!("{} migrations applied", applied.len());
    Ok(())
}

/// Applies what is missing. Answers with the names of what was applied.
///
/// # Errors
/// As [`run`].
pub async fn up(url: &str) -> Result<Vec<String>> {
    let mut client = open(url).await?;
    let report = embedded::migrations::runner().run_async(&mut client).await.context("a migration failed")?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Connects to the database of an address that somebody has typed.
///
/// # Errors
/// The address is wrong, or the server does not answer. Neither repeats it: it may hold a password.
pub async fn open(url: &str) -> Result<Client> {
    const FORM: &str = "the database's address must look like postgres://user:password@host:port/database";
    let config = url.parse::<tokio_postgres::Config>().context(FORM)?;
    ensure!(!config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty(), FORM);
    connect(url).await.context("the database does not answer, or refuses the user")
}

/// All migrations, in order.
#[must_use]
pub fn all() -> Vec<refinery::Migration> {
    let mut all = embedded::migrations::runner().get_migrations().clone();
    all.sort();
    all
}
