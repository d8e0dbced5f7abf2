//! `cargo xtask demo`: syncs shops of real sizes through every real component and checks every row.

mod again;
mod check;
mod options;
mod progress;
mod report;
pub mod seed;
pub mod settings;
mod start;

use crate::{
    build,
    setup::{self, Scope},
    stack::{Front, Stack, interrupted},
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::Duration;

pub use check::{Rows, RunRow, duplicates, rows, run as run_row};
pub use options::Options;

/// Time for all shops together.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest time that a chunk may take, in milliseconds.
const CHUNK_MS_MAX: i64 = 10_000;

/// Most memory that the Worker may take, in bytes: half of what the platform gives an isolate.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Runs the demo.
///
/// # Errors
/// A part does not start, a run does not complete, a row is wrong, or a chunk is too slow.
pub async fn run(options: Options) -> Result<()> {
    let shops = options.shops()?;
    let tools = setup::everything(Scope::Run)?;
    build::bundle()?;
    eprintln!("… starting Postgres, the pooler, the fake Shopee and the Worker");
    let stack = Stack::start(&tools, Front::Worker).await?;
    let outcome = tokio::select! {
        outcome = sync_and_check(&stack, &shops, &options) => outcome,
        stopped = interrupted() => stopped.and_then(|()| bail!("interrupted")),
    };
    if outcome.is_err() {
        eprintln!("the end of the Worker's log:\n{}", stack.worker.log_tail());
    } else if options.keep {
        println!("Worker {} · token {}", stack.worker.url, stack.secrets.operator_token);
        println!("Postgres {}\nCtrl-C stops everything.", stack.postgres.url(crate::stack::DATABASE));
        interrupted().await?;
    }
    let kept = options.logs.as_deref().map_or(Ok(()), |folder| stack.keep_logs(folder));
    stack.stop().await;
    outcome.and(kept)
}

async fn sync_and_check(stack: &Stack, shops: &[seed::Shop], options: &Options) -> Result<()> {
    seed::whole_days(stack).await?;
    seed::shops(stack, shops, options.seed).await?;
    seed::latency(stack, options.latency_ms).await?;
    let started_by = start::all(stack, shops).await?;
    let waiting = progress::until_ended(stack, shops);
    tokio::time::timeout(PATIENCE, waiting).await.context("the runs did not end in time")??;
    let mut lines = Vec::new();
    for (shop, started_by) in shops.iter().zip(started_by) {
        let run = check::run(stack, shop).await?;
        let rows = check::rows(stack, shop, &run).await?;
        lines.push(report::Line { shop: shop.clone(), started_by, run, rows });
    }
    println!("{}", report::table(&lines));
    if let Some(file) = &options.json {
        let receipts = lines.iter().map(report::Line::as_json).collect::<Vec<_>>();
        std::fs::write(file, serde_json::to_string_pretty(&json!({ "shops": receipts }))?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    let memory = stack.worker.memory_bytes_max();
    println!("memory of the Worker's instance, all shops together: {:.1} MB", memory as f64 / 1e6);
    let mut faults = Vec::new();
    if let Some(largest) = shops.iter().max_by_key(|shop| shop.campaigns) {
        let cost = again::sync(stack, largest).await?;
        let (bytes, campaigns) = (cost.wal_bytes, i64::from(largest.campaigns.max(1)));
        println!(
            "shop {} synced again, nothing changed: {} rows of data written, {} bytes of WAL a campaign",
            largest.id,
            cost.tuples,
            bytes / campaigns
        );
        if cost.tuples != 0 {
            faults.push(format!("{} rows were written although nothing had changed", cost.tuples));
        }
    }
    faults.extend(lines.iter().flat_map(|line| line.faults(CHUNK_MS_MAX)));
    if memory == 0 || memory > MEMORY_BYTES_MAX {
        faults.push(format!("the Worker's memory is {memory} bytes, or was not logged"));
    }
    if !faults.is_empty() {
        bail!("not as it must be:\n  {}", faults.join("\n  "));
    }
    println!("every row is right");
    Ok(())
}
