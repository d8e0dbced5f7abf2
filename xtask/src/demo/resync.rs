//! A second sync of a shop in which nothing has changed: no row of its data may be written.

use super::{check, progress, seed::Shop};
use crate::stack::Stack;
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;
use tokio_postgres::Client;

const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Longest wait for sessions to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the second sync wrote.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Rows inserted into the data tables, updated or deleted in them, as Postgres counts them.
    pub tuples: i64,
    /// Write-ahead log of the whole run, in bytes: the queue's and the progress's rows are in it.
    pub wal_bytes: i64,
}

/// Syncs it again, with nothing else under way.
///
/// # Errors
/// The run does not complete in time.
pub async fn sync(stack: &Stack, shop: &Shop) -> Result<Cost> {
    let database = stack.database().await?;
    let before = counted(&database).await?;
    let path = format!("/v1/shops/{}/sync", shop.id);
    let asked = async {
        loop {
            let kind = json!({ "kind": "realtime" });
            let (status, body) = stack.worker.call(Method::POST, &path, Some(&kind)).await?;
            // A session that was ended may still be in the pooler's hands, and the first to use it finds that out.
            if status == 503 {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            ensure!(status == 202, "{path} answered {status}: {body}");
            return Ok(());
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.context("the second sync was not accepted")??;
    progress::until_run(&database, shop, 2).await?;
    let after = counted(&database).await?;
    Ok(Cost { tuples: after.tuples - before.tuples, wal_bytes: after.wal_bytes - before.wal_bytes })
}

/// The counts of all sessions. A session's count for certain when it has ended, so all others are ended first: whoever
/// comes after opens a new one.
async fn counted(database: &Client) -> Result<Cost> {
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = async {
        while !database.query(others, &[]).await?.is_empty() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok::<_, tokio_postgres::Error>(())
    };
    tokio::time::timeout(PATIENCE, ended).await.context("sessions of Postgres do not end")??;
    let names = check::TABLES.map(|table| table.name);
    let row = database
        .query_one(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint, (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint \
             FROM pg_stat_user_tables WHERE relname = ANY ($1)",
            &[&names.as_slice()],
        )
        .await?;
    Ok(Cost { tuples: row.get(0), wal_bytes: row.get(1) })
}
