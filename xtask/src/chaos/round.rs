//! A round: one run of a new shop, with faults injected into it.

use super::{
    Fault, PROGRESS_TIMEOUT,
    fault::Injection,
    inject::inject,
    result::{Injected, RoundResult},
    retry,
    run_watcher::{RunState, RunWatcher},
    verify,
};
use crate::{
    demo::{Rows, seed::Shop},
    stack::Stack,
};
use anyhow::{Result, ensure};
use rand::{RngExt, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

/// Progress of the run at which the faults after the first one are injected.
const INJECTION_POINTS: [f64; 3] = [0.30, 0.55, 0.80];
/// How far the seed may shift these points.
const JITTER: f64 = 0.05;

/// Every round has a new shop: rows of an earlier run would mask rows that this run failed to write.
static NEXT_SHOP: AtomicI64 = AtomicI64::new(90_020_001);

/// A round to run.
#[derive(Clone, Debug)]
pub struct Round {
    /// The shop, which is new.
    pub shop: Shop,
    /// Sorted by time.
    pub injections: Vec<Injection>,
}

impl Round {
    /// A round with the given faults.
    #[must_use]
    pub fn new(campaigns: u32, injections: Vec<Injection>) -> Self {
        Self { shop: Shop::new(NEXT_SHOP.fetch_add(1, Ordering::Relaxed), campaigns), injections }
    }

    /// A round with one fault, injected several times over the run.
    #[must_use]
    pub fn of(fault: Fault, campaigns: u32, random: &mut StdRng) -> Self {
        let shifted = INJECTION_POINTS.map(|at| at + random.random_range(-JITTER..=JITTER));
        let points = [0.0].into_iter().chain(shifted).filter(|_| fault != Fault::None);
        Self::new(campaigns, points.map(|at| Injection { at, fault }).collect())
    }
}

/// Runs a round whose shop exists.
pub async fn run(stack: &mut Stack, round: Round, random: &mut StdRng) -> Result<RoundResult> {
    let path = format!("/v1/shops/{}/sync", round.shop.id);
    let (status, body) = stack.worker.call(Method::POST, &path, Some(&json!({ "kind": "realtime" }))).await?;
    ensure!(status == 202, "{path} answered {status}: {body}");
    let started = Instant::now();
    let mut watcher = RunWatcher::new(stack, &round.shop);
    let mut result = RoundResult {
        shop: round.shop,
        injected: Vec::new(),
        status: "running".to_owned(),
        completed_by_retry: false,
        rows: Rows::default(),
        duplicate_rows: 0,
        duplicate_calls: 0,
        duration_ms: 0,
        problems: Vec::new(),
    };
    inject_faults(stack, &mut watcher, &round.injections, random, &mut result).await?;
    let state = watcher.wait_until(Instant::now() + PROGRESS_TIMEOUT, |state| state.is_over()).await;
    result.duration_ms = milliseconds(started);
    stop_crash_redelivery(stack, &result.injected).await?;
    match state {
        None => result
            .problems
            .push(format!("the run did not end within {} s of its last fault", PROGRESS_TIMEOUT.as_secs())),
        Some(state) => {
            let seconds = result.duration_ms / 1_000;
            eprintln!("  {} after {seconds} s{}", state.status, reason(state.error.as_deref()));
            result.status = state.status.clone();
            verify::calls(stack, state.generation, &mut result).await?;
            if state.status == "failed" {
                verify::failed_chunks(stack, state.generation, &mut result).await?;
                result.problems.push("the run failed; it must recover by itself".to_owned());
                result.completed_by_retry =
                    retry::retry_run(stack, &mut watcher, &state, &mut result.problems).await?;
            }
        }
    }
    verify::rows(stack, &mut result).await?;
    Ok(result)
}

/// Injects each fault at its time and waits for the next chunk.
async fn inject_faults(
    stack: &mut Stack,
    watcher: &mut RunWatcher,
    injections: &[Injection],
    random: &mut StdRng,
    result: &mut RoundResult,
) -> Result<()> {
    for injection in injections {
        let log_skipped = || eprintln!("  the run ended before {} was injected", injection.fault);
        let mut progress = 0.0;
        if injection.at > 0.0 {
            let at = |state: &RunState| state.is_over() || state.progress >= injection.at;
            let Some(before) = watcher.wait_until(Instant::now() + PROGRESS_TIMEOUT, at).await else {
                return Ok(());
            };
            if before.is_over() {
                log_skipped();
                return Ok(());
            }
            progress = before.progress * 100.0;
        }
        let Some(what) = inject(stack, injection.fault, watcher, random).await? else {
            log_skipped();
            return Ok(());
        };
        let fault_end = Instant::now();
        let recovered = wait_for_next_chunk(watcher).await;
        let recovered_ms = milliseconds(fault_end);
        eprintln!("  {progress:.0} % done: {what}; the next chunk was done {recovered_ms} ms later");
        result.injected.push(Injected { injection: *injection, what, recovered_ms });
        if recovered.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// Waits until one more chunk is completed or the run has ended.
async fn wait_for_next_chunk(watcher: &mut RunWatcher) -> Option<RunState> {
    let deadline = Instant::now() + PROGRESS_TIMEOUT;
    let now = watcher.wait_until(deadline, |_| true).await?;
    watcher.wait_until(deadline, |state| state.is_over() || state.chunks > now.chunks).await
}

/// Restarts the Worker after crash messages, which drops the redeliveries still in the queues' memory.
async fn stop_crash_redelivery(stack: &mut Stack, injected: &[Injected]) -> Result<()> {
    let last = |fault| injected.iter().rposition(|injected| injected.injection.fault == fault);
    if last(Fault::IsolateCrash) > last(Fault::WorkerKill) {
        stack.worker.kill().await;
        stack.worker.launch().await?;
    }
    Ok(())
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn reason(error: Option<&str>) -> String {
    error.map(|error| format!(": {error}")).unwrap_or_default()
}
