//! Syncs an unchanged shop a second time, which must not write any data row.

use super::{progress, seed::Shop, verify};
use crate::stack::Stack;
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio_postgres::Client;

const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Timeout for the Worker to accept the request, and for sessions to end.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// What the second sync has written.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Rows inserted, updated or deleted in the data tables, by Postgres' statistics.
    pub tuples: i64,
    /// Write-ahead log of the whole run in bytes, including queue and progress rows.
    pub wal_bytes: i64,
}

/// Syncs the shop again while nothing else is running. Where the shop's day has begun meanwhile, that sync had other days to
/// fetch, and another follows.
///
/// # Errors
/// A run does not complete in time.
pub async fn sync(stack: &Stack, shop: &Shop) -> Result<Cost> {
    let database = stack.database().await?;
    let cost = once(stack, &database, shop, 2).await?;
    let same =
        "SELECT count(DISTINCT receipt -> 'window') = 1 FROM apishopee_ads_sync_runs WHERE shop_id = $1";
    if database.query_one(same, &[&shop.id]).await?.get(0) {
        return Ok(cost);
    }
    once(stack, &database, shop, 3).await
}

async fn once(stack: &Stack, database: &Client, shop: &Shop, generation: i64) -> Result<Cost> {
    let before = write_counters(database).await?;
    let path = format!("/v1/shops/{}/sync", shop.id);
    let request = async {
        loop {
            let kind = json!({ "kind": "realtime" });
            let (status, body) = stack.worker.call(Method::POST, &path, Some(&kind)).await?;
            // The pooler may still hold a terminated session, which fails on its first use.
            if status == 503 {
                tokio::time::sleep(POLL_INTERVAL).await;
                continue;
            }
            ensure!(status == 202, "{path} answered {status}: {body}");
            return Ok(());
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, request).await.context("the second sync was not accepted")??;
    progress::until_run(database, shop, generation).await?;
    let after = write_counters(database).await?;
    Ok(Cost { tuples: after.tuples - before.tuples, wal_bytes: after.wal_bytes - before.wal_bytes })
}

/// The counters of all sessions. A session's statistics are complete only after it has ended, so all other sessions are
/// terminated first.
///
/// # Errors
/// Postgres does not respond, or a session does not end.
pub async fn write_counters(database: &Client) -> Result<Cost> {
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = async {
        while !database.query(others, &[]).await?.is_empty() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok::<_, tokio_postgres::Error>(())
    };
    tokio::time::timeout(STEP_TIMEOUT, ended).await.context("sessions of Postgres do not end")??;
    let names = verify::TABLES.map(|table| table.name);
    let row = database
        .query_one(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint, (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint \
             FROM pg_stat_user_tables WHERE relname = ANY ($1)",
            &[&names.as_slice()],
        )
        .await?;
    Ok(Cost { tuples: row.get(0), wal_bytes: row.get(1) })
}
