//! One run of a new shop, and the faults in it.

use super::{
    Fault, PATIENCE, check, heal,
    inject::inject,
    watch::{Standing, Watch},
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

/// When faults come after the first one, as shares of the run's chunks.
const MOMENTS: [f64; 3] = [0.30, 0.55, 0.80];
/// How far the seed may move them.
const MOVED_MAX: f64 = 0.05;

/// Every round has a shop of its own: rows that an earlier run has written would hide what this one did not write.
static NEXT_SHOP: AtomicI64 = AtomicI64::new(90_020_001);

/// A fault and when it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// When this share of the chunks is done, 0 to 1. 0: as soon as the run is accepted, so that it comes before the
    /// run's end whatever the machine does meanwhile.
    pub at: f64,
    /// What.
    pub fault: Fault,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Round {
    /// The shop, which is new.
    pub shop: Shop,
    /// In the order of their moments.
    pub injections: Vec<Injection>,
}

impl Round {
    /// Some faults at given moments.
    #[must_use]
    pub fn new(campaigns: u32, injections: Vec<Injection>) -> Self {
        Self { shop: Shop::new(NEXT_SHOP.fetch_add(1, Ordering::Relaxed), campaigns), injections }
    }

    /// One fault, several times, at moments spread over the run.
    #[must_use]
    pub fn of(fault: Fault, campaigns: u32, random: &mut StdRng) -> Self {
        let moved = MOMENTS.map(|at| at + random.random_range(-MOVED_MAX..=MOVED_MAX));
        let moments = [0.0].into_iter().chain(moved).filter(|_| fault != Fault::None);
        Self::new(campaigns, moments.map(|at| Injection { at, fault }).collect())
    }
}

/// A fault that was carried out.
#[derive(Clone, Debug)]
pub struct Injected {
    /// When and what.
    pub injection: Injection,
    /// What was done, for people.
    pub what: String,
    /// From the moment when everything that was taken away was back, until the next chunk was done.
    pub recovered_ms: u64,
}

/// What came of a round.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The shop.
    pub shop: Shop,
    /// The faults: all, or the first ones, if the run ended before the others came.
    pub injected: Vec<Injected>,
    /// How the run ended by itself; `running` if it did not.
    pub status: String,
    /// It failed, and a retry completed it.
    pub healed: bool,
    /// Compared with the fake's truth.
    pub rows: Rows,
    /// Rows that are there twice.
    pub duplicate_rows: u64,
    /// As [`super::calls`] counts them.
    pub duplicate_calls: u64,
    /// From the request to the run's own end.
    pub duration_ms: u64,
    /// What is not as it must be.
    pub problems: Vec<String>,
}

/// Plays a round whose shop is there.
pub async fn play(stack: &mut Stack, round: Round, random: &mut StdRng) -> Result<Ended> {
    let path = format!("/v1/shops/{}/sync", round.shop.id);
    let (status, body) = stack.worker.call(Method::POST, &path, Some(&json!({ "kind": "realtime" }))).await?;
    ensure!(status == 202, "{path} answered {status}: {body}");
    let started = Instant::now();
    let mut watch = Watch::new(stack, &round.shop);
    let mut ended = Ended {
        shop: round.shop,
        injected: Vec::new(),
        status: "running".to_owned(),
        healed: false,
        rows: Rows::default(),
        duplicate_rows: 0,
        duplicate_calls: 0,
        duration_ms: 0,
        problems: Vec::new(),
    };
    disturb(stack, &mut watch, &round.injections, random, &mut ended).await?;
    let standing = watch.until(Instant::now() + PATIENCE, |standing| standing.is_over()).await;
    ended.duration_ms = milliseconds(started);
    calm(stack, &ended.injected).await?;
    match standing {
        None => ended
            .problems
            .push(format!("the run did not end within {} s of its last fault", PATIENCE.as_secs())),
        Some(standing) => {
            let seconds = ended.duration_ms / 1_000;
            eprintln!("  {} after {seconds} s{}", standing.status, reason(standing.error.as_deref()));
            ended.status = standing.status.clone();
            check::calls(stack, standing.generation, &mut ended).await?;
            if standing.status == "failed" {
                check::failed_chunks(stack, standing.generation, &mut ended).await?;
                ended.problems.push("the run failed; it must come through by itself".to_owned());
                ended.healed = heal::retry(stack, &mut watch, &standing, &mut ended.problems).await?;
            }
        }
    }
    check::rows(stack, &mut ended).await?;
    Ok(ended)
}

/// Injects each fault in its moment and waits for the next chunk.
async fn disturb(
    stack: &mut Stack,
    watch: &mut Watch,
    injections: &[Injection],
    random: &mut StdRng,
    ended: &mut Ended,
) -> Result<()> {
    for injection in injections {
        let late = || eprintln!("  the run ended before {} came", injection.fault);
        let mut share = 0.0;
        if injection.at > 0.0 {
            let at = |standing: &Standing| standing.is_over() || standing.share >= injection.at;
            let Some(before) = watch.until(Instant::now() + PATIENCE, at).await else { return Ok(()) };
            if before.is_over() {
                late();
                return Ok(());
            }
            share = before.share * 100.0;
        }
        let Some(what) = inject(stack, injection.fault, watch, random).await? else {
            late();
            return Ok(());
        };
        let over = Instant::now();
        let recovered = next_chunk(watch).await;
        let recovered_ms = milliseconds(over);
        eprintln!("  {share:.0} % done: {what}; the next chunk was done {recovered_ms} ms later");
        ended.injected.push(Injected { injection: *injection, what, recovered_ms });
        if recovered.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// Waits until one more chunk is done, or the run over.
async fn next_chunk(watch: &mut Watch) -> Option<Standing> {
    let deadline = Instant::now() + PATIENCE;
    let now = watch.until(deadline, |_| true).await?;
    watch.until(deadline, |standing| standing.is_over() || standing.chunks > now.chunks).await
}

/// Ends the repetitions of a message that crashes: what is left of it goes with the queues' memory.
async fn calm(stack: &mut Stack, injected: &[Injected]) -> Result<()> {
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
