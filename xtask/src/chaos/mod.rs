//! `cargo xtask chaos`: breaks the real stack while a large shop is synced, and checks every row afterwards.
//!
//! ```text
//!   round = one new shop, one run:   start ──► 0 % ──► 30 % ──► 55 % ──► 80 % ──► its end ──► check
//!                                               │       │        │        │
//!                                               └─ fault, and the wait for the next chunk
//! ```
//!
//! The first fault comes as soon as the run is accepted. The other moments are shares of the run's chunks, moved a little by
//! the seed. Nothing helps the run: no cron ticks.

mod calls;
mod check;
mod fault;
mod heal;
mod inject;
mod options;
mod report;
mod round;
mod watch;

use crate::{
    build,
    demo::{seed, settings},
    setup::{self, Scope, Tools},
    stack::{self, Front, Stack, interrupted},
};
use anyhow::{Context, Result, bail};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::time::Duration;

pub use fault::Fault;
pub use options::Options;
pub use report::{Line, table};
pub use round::{Ended, Injection, Round};

/// Longest wait for what a run does next by itself. Messages that wait for Postgres come back after a quarter of an hour at most.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// The Worker's log of a chaos that did not go well, below the checkout.
const KEPT_LOG: &str = "target/chaos-worker.log";

/// Settings of the Worker.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// After this time a chunk message that nobody has claimed is sent again. Short, since every fault waits for it.
    pub queued_seconds: u32,
    /// After this time an attempt that gave no answer is made again. Short for the same reason.
    pub lease_seconds: u32,
    /// Campaigns a chunk.
    pub chunk_size: u32,
}

/// Runs the chaos.
///
/// # Errors
/// A part does not start (again), a run does not end or cannot be healed, a row is wrong or there twice, a call was made
/// twice for one attempt.
pub async fn run(options: Options) -> Result<()> {
    let tools = setup::everything(Scope::Tests)?;
    build::bundle()?;
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

/// A stack that can be broken in every way.
///
/// # Errors
/// A part does not start.
pub async fn start(tools: &Tools, pace: Pace) -> Result<Stack> {
    let options = stack::Options { front: Front::QueueTap, proxy: true, test_crash: true, moment: None };
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
    let played = every_fault(stack, options, &mut lines).await;
    println!("{}", table(&lines));
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report::as_json(&lines))?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    played?;
    let problems: Vec<String> = lines.iter().flat_map(Line::problems).collect();
    if !problems.is_empty() {
        bail!("not as it must be:\n  {}", problems.join("\n  "));
    }
    println!("every run ended, every row is right");
    Ok(())
}

async fn every_fault(stack: &mut Stack, options: &Options, lines: &mut Vec<Line>) -> Result<()> {
    let mut random = StdRng::seed_from_u64(options.seed);
    for fault in &options.faults {
        let mut line = Line::new(fault.name());
        for number in 1..=options.runs {
            eprintln!("{fault}, run {number} of {}", options.runs);
            let round = Round::of(*fault, options.campaigns, &mut random);
            match play(stack, round, options.latency_ms, random.random()).await {
                Ok(ended) => line.add(ended),
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

/// Plays one round on a stack of [`start`]. The seed makes the shop's data, the pauses and the calls that are spoiled.
///
/// # Errors
/// A part does not start again, or Postgres or the fake does not answer once all faults are over. What the run itself
/// did wrong is in the answer.
pub async fn play(stack: &mut Stack, round: Round, latency_ms: u32, seed: u64) -> Result<Ended> {
    seed::shops(stack, std::slice::from_ref(&round.shop), seed).await?;
    seed::latency(stack, latency_ms).await?;
    round::play(stack, round, &mut StdRng::seed_from_u64(seed)).await
}

/// The stack's folder goes with the stack.
pub fn keep_log(stack: &Stack) {
    let file = crate::paths::root().join(KEPT_LOG);
    match std::fs::write(&file, stack.worker.log()) {
        Ok(()) => eprintln!("the Worker's log is kept in {}", file.display()),
        Err(error) => eprintln!("the Worker's log could not be kept: {error}"),
    }
}
