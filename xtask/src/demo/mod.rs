//! `cargo xtask demo`: syncs shops of realistic sizes through all real components and verifies every row.

mod options;
mod progress;
mod report;
mod resync;
pub mod seed;
pub mod settings;
mod start;
mod verify;

use crate::{
    build::{self, Bundle},
    setup::{self, Scope},
    stack::{self, Stack, interrupted},
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::Duration;

pub use options::Options;
pub use resync::{Cost, write_counters};
pub use verify::{Ranges, Rows, RunRow, Source, duplicates, rows, rows_of_days, run as run_row};

/// Timeout for all shops together.
const RUN_TIMEOUT: Duration = Duration::from_secs(600);
/// Maximum duration of a chunk in milliseconds.
const CHUNK_MS_MAX: i64 = 10_000;

/// Maximum memory of the Worker in bytes: half of the platform's limit for an isolate.
const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Runs the demo.
///
/// # Errors
/// A component does not start, a run does not complete, a row is wrong, or a chunk is too slow.
pub async fn run(options: Options) -> Result<()> {
    let shops = options.shops()?;
    let tools = setup::everything(Scope::Run)?;
    build::bundle(Bundle::Quick)?;
    eprintln!("… starting Postgres, the pooler, the fake Shopee and the Worker");
    let stack = Stack::start(&tools, stack::Options::quick()).await?;
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
    let logs = options.logs.as_deref().map_or(Ok(()), |folder| stack.keep_logs(folder));
    stack.stop().await;
    outcome.and(logs)
}

async fn sync_and_check(stack: &Stack, shops: &[seed::Shop], options: &Options) -> Result<()> {
    seed::whole_days(stack).await?;
    seed::shops(stack, shops, options.seed).await?;
    seed::latency(stack, options.latency_ms).await?;
    let started_by = start::all(stack, shops).await?;
    let waiting = progress::until_ended(stack, shops);
    tokio::time::timeout(RUN_TIMEOUT, waiting).await.context("the runs did not end in time")??;
    let mut lines = Vec::new();
    for (shop, started_by) in shops.iter().zip(started_by) {
        let run = verify::run(stack, shop).await?;
        let rows = verify::rows(stack, shop, &run).await?;
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
    let mut problems = Vec::new();
    if let Some(largest) = shops.iter().max_by_key(|shop| shop.campaigns) {
        let cost = resync::sync(stack, largest).await?;
        let (bytes, campaigns) = (cost.wal_bytes, i64::from(largest.campaigns.max(1)));
        println!(
            "shop {} synced again, nothing changed: {} rows of data written, {} bytes of WAL a campaign",
            largest.id,
            cost.tuples,
            bytes / campaigns
        );
        if cost.tuples != 0 {
            problems.push(format!("{} rows were written although nothing had changed", cost.tuples));
        }
    }
    problems.extend(lines.iter().flat_map(|line| line.problems(CHUNK_MS_MAX)));
    if memory == 0 || memory > MEMORY_BYTES_MAX {
        problems.push(format!("the Worker's memory is {memory} bytes (0: not logged)"));
    }
    if !problems.is_empty() {
        bail!("verification failed:\n  {}", problems.join("\n  "));
    }
    println!("every row is right");
    Ok(())
}
