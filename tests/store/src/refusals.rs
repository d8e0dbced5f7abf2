//! What `cargo xtask migrate` says when it is not let in through a pooler: the pooler's own reason, and no password.

use crate::setup::{Database, Via};
use anyhow::{Context, Result, ensure};
use std::fs;
use xtask::{
    migrate, paths,
    stack::{Reaper, folder, pooler::Pooler, postgres::Postgres},
};

/// With what somebody is refused who migrates.
async fn refusal(url: &str, secrets: &[&str]) -> Result<String> {
    let error = format!("{:#}", migrate::up(url, |_| ()).await.err().context("let in")?);
    ensure!(secrets.iter().all(|secret| !error.contains(secret)), "it shows a password: {error}");
    ensure!(!error.contains("postgres://"), "it repeats the address: {error}");
    Ok(error)
}

#[tokio::test]
async fn what_the_server_says_comes_through_the_pooler() -> Result<()> {
    let database = Database::empty(Via::Pooler).await?;
    let url = database.url()?;
    let password = url.split([':', '@']).nth(2).context("no password")?.to_owned();
    let missing = refusal(&format!("{url}_missing"), &[&password]).await?;
    assert!(missing.contains(&format!("\"{}_missing\" does not exist", database.name)), "{missing}");
    let wrong = refusal(&url.replace(&format!(":{password}@"), ":hush-hush@"), &[&password, "hush"]).await?;
    assert!(wrong.contains("password authentication failed"), "{wrong}");
    assert_eq!(database.sql("SELECT to_regclass('refinery_schema_history')").await?, "");
    database.remove().await
}

/// A pooler that knows one database, then one that has room for one client: a migration needs two.
async fn play(pooler: &mut Pooler, settings: &std::path::Path, postgres: &Postgres) -> Result<()> {
    let password = postgres.password();
    let configure = |from: &str, to: &str| -> Result<()> {
        let text = fs::read_to_string(settings)?;
        ensure!(text.contains(from), "the pooler's settings have no '{from}'");
        fs::write(settings, text.replace(from, to)).map_err(Into::into)
    };
    configure("* =", "postgres =")?;
    pooler.kill().await;
    pooler.launch().await?;
    let unknown = refusal(&pooler.url("elsewhere"), &[password]).await?;
    ensure!(unknown.contains("no such database: elsewhere"), "{unknown}");
    let wrong = pooler.url("postgres").replace(password, "hush-hush");
    let wrong = refusal(&wrong, &[password, "hush"]).await?;
    ensure!(wrong.contains("password authentication failed"), "{wrong}");

    configure("max_client_conn = 500", "max_client_conn = 1")?;
    pooler.kill().await;
    pooler.launch().await?;
    let full = refusal(&pooler.url("postgres"), &[password]).await?;
    ensure!(full.contains("no more connections allowed"), "{full}");
    let history = "SELECT to_regclass('refinery_schema_history') IS NULL";
    let direct = migrate::open(&postgres.url("postgres")).await?;
    ensure!(direct.query_one(history, &[]).await?.get::<_, bool>(0), "something was applied");
    Ok(())
}

#[tokio::test]
async fn what_a_pooler_refuses_by_itself_is_told_with_its_reason() -> Result<()> {
    let folder = folder()?;
    let reaper = Reaper::start(folder.path())?;
    let program = paths::find_program("pgbouncer").context("pgbouncer is missing")?;
    let postgres = Postgres::start(folder.path(), &reaper).await?;
    let mut pooler = Pooler::start(&program, folder.path(), &postgres, &reaper).await?;
    let settings = folder.path().join("pgbouncer/pgbouncer.ini");
    let played = play(&mut pooler, &settings, &postgres).await;
    pooler.stop().await;
    postgres.stop().await;
    played
}
