//! `cargo xtask chaos`: injects faults into the real stack while a large shop is synced, and verifies every row afterwards.
//!
//! ```text
//!   round = one new shop, one run:   start ──► 0 % ──► 30 % ──► 55 % ──► 80 % ──► its end ──► verify
//!                                               │       │        │        │
//!                                               └─ fault, then wait for the next chunk
//! ```
//!
//! The first fault is injected as soon as the run is accepted, the others at fractions of the run's chunks, which the seed
//! shifts a little. Nothing helps the run to recover: there are no cron ticks.

mod duplicate_calls;
mod fault;
mod inject;
mod options;
mod report;
mod result;
mod retry;
mod round;
mod run_watcher;
mod verify;

use crate::{
    build::{self, Bundle},
    demo::{seed, settings},
    setup::{self, Scope, Tools},
    stack::{self, Front, Stack, interrupted},
};
use anyhow::{Context, Result, bail};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::time::Duration;

pub use fault::{Fault, Injection};
pub use options::Options;
pub use report::{Line, table};
pub use result::RoundResult;
pub use round::Round;

/// Timeout of a run's progress. Messages that wait for Postgres are redelivered within a quarter of an hour.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(1_800);
/// Where the Worker's log is kept after a failure, relative to the checkout.
const KEPT_LOG: &str = "target/chaos-worker.log";

/// Settings of the Worker under test.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Time after which an unclaimed chunk message is sent again. Short, since recovery waits for it.
    pub queued_seconds: u32,
    /// Time after which an unfinished attempt is repeated. Short for the same reason.
    pub lease_seconds: u32,
    /// Campaigns per chunk.
    pub chunk_size: u32,
}

/// Runs the command.
///
/// # Errors
/// A component does not start or restart, a run does not end or cannot be retried, a row is wrong or duplicate, or there are
/// duplicate calls.
pub async fn run(options: Options) -> Result<()> {
    let tools = setup::everything(Scope::Tests)?;
    build::bundle(Bundle::Full)?;
    eprintln!("… starting Postgres, the pooler, the proxy, the fake Shopee and the Worker");
    let mut stack = start(&tools, Pace { queued_seconds: 10, lease_seconds: 15, chunk_size: 100 }).await?;
    let outcome = tokio::select! {
        outcome = all(&mut stack, &options) => outcome,
        stopped = interrupted() => stopped.and_then(|()| bail!("interrupted")),
    };
    if outcome.is_err() {
        keep_log(&stack);
    }
    stack.stop().await;
    outcome
}

/// Starts a stack into which every fault can be injected.
///
/// # Errors
/// A component does not start.
pub async fn start(tools: &Tools, pace: Pace) -> Result<Stack> {
    let options =
        stack::Options { front: Front::QueueTap, proxy: true, test_crash: true, ..stack::Options::default() };
    let stack = Stack::start(tools, options).await?;
    seed::whole_days(&stack).await?;
    let pace = [
        ("queued_seconds", pace.queued_seconds),
        ("lease_seconds", pace.lease_seconds),
        ("chunk_size", pace.chunk_size),
    ];
    settings::set(&stack.database().await?, &pace).await?;
    Ok(stack)
}

async fn all(stack: &mut Stack, options: &Options) -> Result<()> {
    let mut lines = Vec::new();
    let result = run_rounds(stack, options, &mut lines).await;
    println!("{}", table(&lines));
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report::as_json(&lines))?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    result?;
    let problems: Vec<String> = lines.iter().flat_map(Line::problems).collect();
    if !problems.is_empty() {
        bail!("verification failed:\n  {}", problems.join("\n  "));
    }
    println!("every run ended, every row is right");
    Ok(())
}

async fn run_rounds(stack: &mut Stack, options: &Options, lines: &mut Vec<Line>) -> Result<()> {
    let mut random = StdRng::seed_from_u64(options.seed);
    for fault in &options.faults {
        let mut line = Line::new(fault.name());
        for number in 1..=options.runs {
            eprintln!("{fault}, run {number} of {}", options.runs);
            let round = Round::of(*fault, options.campaigns, &mut random);
            match run_round(stack, round, options.latency_ms, random.random()).await {
                Ok(result) => line.add(result),
                Err(error) => {
                    lines.push(line);
                    return Err(error.context(format!("{fault}, run {number}")));
                }
            }
        }
        lines.push(line);
    }
    Ok(())
}

/// Runs one round on a stack from [`start`]. The seed determines the shop's data, the pauses and the failing calls.
///
/// # Errors
/// A component does not restart, or Postgres or the mock does not respond after all faults. Problems of the run itself are
/// part of the result.
pub async fn run_round(stack: &mut Stack, round: Round, latency_ms: u32, seed: u64) -> Result<RoundResult> {
    seed::shops(stack, std::slice::from_ref(&round.shop), seed).await?;
    seed::latency(stack, latency_ms).await?;
    round::run(stack, round, &mut StdRng::seed_from_u64(seed)).await
}

/// Copies the Worker's log out of the stack's folder, which is deleted with the stack.
pub fn keep_log(stack: &Stack) {
    let file = crate::paths::root().join(KEPT_LOG);
    match std::fs::write(&file, stack.worker.log()) {
        Ok(()) => eprintln!("the Worker's log is kept in {}", file.display()),
        Err(error) => eprintln!("the Worker's log could not be kept: {error}"),
    }
}
