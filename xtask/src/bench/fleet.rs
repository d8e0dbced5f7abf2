//! Many shops that are due at once: under the app's limit of calls, and by their number.

use super::{
    calls::Calls,
    race::TEMPLATE,
    rig::{LATENCY, Rig, Site},
    sync_worker::SyncWorker,
};
use crate::{demo, demo::seed::Shop, paths};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};
use tokio::time::{sleep, sleep_until};

const FIRST_SHOP: i64 = 70_000_000;
const QUEUE_PROCESSOR: &str = "*/5 * * * *";
/// Between two ticks of the queue processor.
const TICK: Duration = Duration::from_secs(5 * 60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A fleet to sync.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    /// How many shops.
    pub shops: u32,
    /// Campaigns of each.
    pub campaigns: u32,
    /// Calls a second of the app; the fake's limit too.
    pub rate: Option<u32>,
}

/// One sync of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetRun {
    /// How many shops.
    pub shops: u32,
    /// Campaigns of each.
    pub campaigns: u32,
    /// Calls a second that were allowed, if there was a limit.
    pub rate: Option<u32>,
    /// From the first tick to the end of the last run.
    pub seconds: f64,
    /// What the fake has seen.
    pub calls: Calls,
    /// The largest linear memory of the Worker, in bytes.
    pub memory_bytes: u64,
}

impl FleetRun {
    /// The time, in the least that the limit allows.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        Some(self.seconds * f64::from(self.rate?) / self.calls.count.max(1) as f64)
    }
}

/// Syncs a fleet several times, each time with a new Worker.
///
/// # Errors
/// A run fails or has to be repeated.
pub async fn run(rig: &Rig, fleet: Fleet, rounds: u32) -> Result<Vec<FleetRun>> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        let site = rig.site(TEMPLATE, LATENCY).await?;
        seed(rig, &site, fleet).await?;
        let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
        let taken = worker.timed(sync(&worker, &site, fleet)).await;
        let memory_bytes = worker.memory_bytes();
        worker.stop().await;
        let (seconds, memory_bytes) = (taken?.seconds, memory_bytes?);
        let calls = Calls::read(rig).await?;
        rig.clear(site).await?;
        let Fleet { shops, campaigns, rate } = fleet;
        let run = FleetRun { shops, campaigns, rate, seconds, calls, memory_bytes };
        eprintln!("  round {round}: {shops} shops, {seconds:.2} s, {} calls", calls.count);
        runs.push(run);
    }
    Ok(runs)
}

async fn seed(rig: &Rig, site: &Site, fleet: Fleet) -> Result<()> {
    let ids = (0..fleet.shops).map(|number| FIRST_SHOP + i64::from(number));
    let shops: Vec<Shop> = ids.map(|id| Shop::new(id, fleet.campaigns)).collect();
    rig.shops(site, &shops).await?;
    if let Some(rate) = fleet.rate {
        let rates = [("app_calls_per_second", rate), ("shop_calls_per_second", rate)];
        demo::settings::set(&site.database, &rates).await?;
        rig.limit(rate).await?;
    }
    let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) \
                  SELECT shop_id, 'realtime', 10 FROM apishopee_shops";
    let rows = site.database.execute(insert, &[]).await?;
    ensure!(rows == u64::from(fleet.shops), "{rows} jobs were queued");
    Ok(())
}

/// Lets the crons tick until every job has ended.
async fn sync(worker: &SyncWorker<'_>, site: &Site, fleet: Fleet) -> Result<()> {
    let begun = Instant::now();
    let ticks = async {
        for tick in 0_u32.. {
            sleep_until((begun + TICK * tick).into()).await;
            worker.tick(QUEUE_PROCESSOR).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = until_ended(site, fleet) => ended,
        failed = ticks => failed.context("a tick failed"),
    }
}

async fn until_ended(site: &Site, fleet: Fleet) -> Result<()> {
    let count = "SELECT count(*) FILTER (WHERE status = 'completed' AND retry_count = 0), \
                 count(*) FILTER (WHERE status = 'failed' OR retry_count > 0) \
                 FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE";
    loop {
        let row = site.database.query_one(count, &[]).await?;
        let (completed, bad): (i64, i64) = (row.get(0), row.get(1));
        ensure!(bad == 0, "{bad} jobs have failed or were repeated");
        if completed == i64::from(fleet.shops) {
            return Ok(());
        }
        sleep(LOOK_AGAIN).await;
    }
}
