//! Statements that are damaged on their way.

use crate::{
    samples::{begun, campaign, campaigns, fence},
    setup::{Database, each_way},
};
use anyhow::{Context, Result, ensure};
use std::str::FromStr;
use store::{Db, Param, Postgres, Statement, write_campaigns::CampaignRow};
use tokio_postgres::{Config, NoTls};
use xtask::stack::Proxy;

/// Rows enough for a packet that the proxy damages.
const ROWS: i64 = 300;

/// A connection to the database through a proxy.
async fn through(proxy: &Proxy, database: &Database) -> Result<Postgres> {
    let behind = Config::from_str(&database.url()?)?;
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(proxy.port())
        .user(behind.get_user().context("no user")?)
        .password(behind.get_password().context("no password")?)
        .dbname(&database.name);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(Postgres(client))
}

async fn proxy_of(database: &Database) -> Result<Proxy> {
    let config = Config::from_str(&database.url()?)?;
    Proxy::start(*config.get_ports().first().context("no port")?).await
}

#[tokio::test]
async fn values_of_every_kind_arrive_as_they_were_sent() -> Result<()> {
    let echo = Statement {
        name: "test.echo",
        sql: "SELECT jsonb_build_array($1, $2, $3, $4, $5, $6, $7, $8, $9)::text",
    };
    each_way(async |database| {
        let values = [
            Param::I64(i64::MIN),
            Param::I32(-7),
            Param::F64(3_600.0),
            Param::Text("a\u{1f}b\u{1e}c ' \" \\ ü 广告 \n"),
            Param::OptText(None),
            Param::OptText(Some("")),
            Param::OptI64(None),
            Param::OptI64(Some(0)),
            Param::Bool(true),
        ];
        let rows = database.db.rows(&echo, &values).await?;
        let read: serde_json::Value = serde_json::from_str(rows.first().context("no row")?)?;
        let sent = serde_json::json!([
            i64::MIN,
            -7,
            3_600,
            "a\u{1f}b\u{1e}c ' \" \\ ü 广告 \n",
            null,
            "",
            null,
            0,
            true
        ]);
        ensure!(read == sent, "{read}");
        Ok(())
    })
    .await
}

/// A digit in a row of a body: without the checksum it would be stored, and nobody would notice.
#[tokio::test]
async fn of_a_damaged_statement_nothing_is_stored() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let rows: Vec<CampaignRow> = (1..=ROWS).map(|id| campaign(id, "x")).collect();
        let proxy = proxy_of(database).await?;
        let db = through(&proxy, database).await?;
        for _ in 0..3 {
            proxy.corrupt(1);
            let error = campaigns(&db, &fence(1, 1_000), &rows, &[]).await.err().context("it was stored")?;
            ensure!(error.may_be_damage() && error.is_of_the_connection(), "{error}");
            ensure!(proxy.pending_corruptions() == 0, "nothing was damaged");
            ensure!(database.sql("SELECT count(*) FROM apishopee_ads_campaign_data").await? == "0");
        }
        let written = campaigns(&db, &fence(1, 1_000), &rows, &[]).await?;
        ensure!(written.written == ROWS, "{written:?}");
        Ok(())
    })
    .await
}
