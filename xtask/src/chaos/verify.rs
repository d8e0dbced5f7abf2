//! What must be so when a run has ended.

use super::{
    calls::{self, Call, Chunk},
    round::Ended,
};
use crate::{
    demo::{self, seed::control},
    stack::Stack,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// Counts the calls of a run that its attempts do not explain.
pub async fn calls(stack: &Stack, generation: i64, ended: &mut Ended) -> Result<()> {
    let shop = ended.shop.id;
    let made = control(stack, Method::GET, &format!("/_mock/calls?shop={shop}"), &Value::Null).await?;
    let made: Vec<Call> = serde_json::from_value(made).context("the fake's calls cannot be read")?;
    let path = format!("/v1/runs/{shop}-{generation}");
    let (status, run) = stack.worker.call(Method::GET, &path, None).await?;
    ensure!(status == 200, "{path} answered {status}: {run}");
    let chunks: Vec<Chunk> =
        serde_json::from_value(run["chunks"].clone()).with_context(|| format!("the chunks of {path}"))?;
    let receipt = demo::run_row(stack, &ended.shop).await?.receipt;
    let hourly_days = receipt.pointer("/window/hourly").and_then(Value::as_array).map_or(1, Vec::len);
    let twice = calls::unexplained(&made, &chunks, hourly_days as u64);
    ended.duplicate_calls = twice.iter().map(|found| found.calls).sum();
    ended.problems.extend(twice.iter().map(|found| format!("calls without an attempt: {found}")));
    Ok(())
}

/// A failed run names exactly the chunks that have failed, and has worked on all others.
pub async fn failed_chunks(stack: &Stack, generation: i64, ended: &mut Ended) -> Result<()> {
    let select =
        "SELECT failed_chunks FROM apishopee_ads_sync_progress WHERE shop_id = $1 AND generation = $2";
    let row = stack.database().await?.query_opt(select, &[&ended.shop.id, &generation]).await?;
    let named: Vec<i32> = row.and_then(|row| row.get(0)).unwrap_or_default();
    let select = "SELECT CASE stage WHEN 'shop_totals' THEN -1 ELSE chunk_index END, status FROM apishopee_ads_sync_queue \
                  WHERE shop_id = $1 AND generation = $2 AND is_chunk";
    let chunks = stack.database().await?.query(select, &[&ended.shop.id, &generation]).await?;
    let status = |row: &tokio_postgres::Row| row.get::<_, String>(1);
    let failed: BTreeSet<i32> =
        chunks.iter().filter(|row| status(row) == "failed").map(|row| row.get(0)).collect();
    // A listing that failed has no chunks.
    let exact = named.iter().eq(&failed) && failed.is_empty() == chunks.is_empty();
    if !exact {
        ended.problems.push(format!("failed_chunks is {named:?}; the chunks that failed are {failed:?}"));
    }
    let open = chunks.iter().filter(|row| !matches!(status(row).as_str(), "completed" | "failed")).count();
    if open > 0 {
        ended.problems.push(format!("the run failed while {open} chunks were neither done nor failed"));
    }
    Ok(())
}

/// Compares every row of a run that has completed with the fake's truth and looks for rows that are there twice.
pub async fn rows(stack: &Stack, ended: &mut Ended) -> Result<()> {
    if ended.status != "completed" && !ended.healed {
        // Rows that nobody has written yet are not wrong.
        ended.problems.push(format!("the run is {}", ended.status));
        return Ok(());
    }
    let run = demo::run_row(stack, &ended.shop).await?;
    ended.rows = demo::rows(stack, &ended.shop, &run).await?;
    ended.duplicate_rows = demo::duplicates(stack, &ended.shop).await?;
    let (rows, twice) = (ended.rows, ended.duplicate_rows);
    eprintln!("  {} rows right, {} wrong, {twice} twice", rows.right, rows.wrong);
    if rows.wrong > 0 || rows.right < u64::from(ended.shop.campaigns) {
        ended.problems.push(format!("{} rows right, {} wrong", rows.right, rows.wrong));
    }
    if twice > 0 {
        ended.problems.push(format!("{twice} rows are there twice"));
    }
    Ok(())
}
