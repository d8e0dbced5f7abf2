//! Verifies the state after a run has ended.

use super::{
    duplicate_calls::{Call, Chunk, duplicate_calls},
    result::RoundResult,
};
use crate::{
    demo::{self, seed::control},
    stack::Stack,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// Counts a run's duplicate calls.
pub async fn calls(stack: &Stack, generation: i64, ended: &mut RoundResult) -> Result<()> {
    let shop = ended.shop.id;
    let made = control(stack, Method::GET, &format!("/_mock/calls?shop={shop}"), &Value::Null).await?;
    let made: Vec<Call> =
        serde_json::from_value(made).context("the mock's list of calls cannot be parsed")?;
    let path = format!("/v1/runs/{shop}-{generation}");
    let (status, run) = stack.worker.call(Method::GET, &path, None).await?;
    ensure!(status == 200, "{path} answered {status}: {run}");
    let chunks: Vec<Chunk> =
        serde_json::from_value(run["chunks"].clone()).with_context(|| format!("the chunks of {path}"))?;
    let receipt = demo::run_row(stack, &ended.shop).await?.receipt;
    let hourly_days = receipt.pointer("/window/hourly").and_then(Value::as_array).map_or(1, Vec::len);
    let duplicates = duplicate_calls(&made, &chunks, hourly_days as u64);
    ended.duplicate_calls = duplicates.iter().map(|found| found.calls).sum();
    ended.problems.extend(duplicates.iter().map(|found| format!("calls without an attempt: {found}")));
    Ok(())
}

/// Verifies that a failed run lists exactly the failed chunks, and that all other chunks are complete.
pub async fn failed_chunks(stack: &Stack, generation: i64, ended: &mut RoundResult) -> Result<()> {
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
    // If the listing failed, there are no chunks.
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

/// Compares every row of a completed run with the mock's expected rows, and looks for duplicate rows.
pub async fn rows(stack: &Stack, ended: &mut RoundResult) -> Result<()> {
    if ended.status != "completed" && !ended.completed_by_retry {
        // Rows that are not written yet are not wrong.
        ended.problems.push(format!("the run is {}", ended.status));
        return Ok(());
    }
    let run = demo::run_row(stack, &ended.shop).await?;
    ended.rows = demo::rows(stack, &ended.shop, &run).await?;
    ended.duplicate_rows = demo::duplicates(stack, &ended.shop).await?;
    let (rows, duplicates) = (ended.rows, ended.duplicate_rows);
    eprintln!("  {} rows right, {} wrong, {duplicates} duplicates", rows.right, rows.wrong);
    if rows.wrong > 0 || rows.right < u64::from(ended.shop.campaigns) {
        ended.problems.push(format!("{} rows right, {} wrong", rows.right, rows.wrong));
    }
    if duplicates > 0 {
        ended.problems.push(format!("{duplicates} duplicate rows"));
    }
    Ok(())
}
