//! How time and memory grow with the size of a shop.

use super::{
    calls::Calls,
    fleet::FleetRun,
    race::TEMPLATE,
    rig::{Days, LATENCY, Rig},
    statistics::{Spread, exponent},
    sync_worker::SyncWorker,
};
use crate::{demo::seed::Shop, paths};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

const SHOP: i64 = 90_050_000;

/// One sync.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrowthRun {
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// How long it took.
    pub seconds: f64,
    /// The largest linear memory of the Worker, in bytes.
    pub memory_bytes: u64,
    /// What the fake has seen.
    pub calls: Calls,
}

/// Syncs shops of several sizes, each with a new Worker, the sizes in turns.
///
/// # Errors
/// A run fails, or a row is wrong.
pub async fn run(rig: &Rig, sizes: &[u32], rounds: u32) -> Result<Vec<GrowthRun>> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        for campaigns in sizes {
            let run = sync(rig, *campaigns).await?;
            let megabytes = run.memory_bytes as f64 / 1e6;
            eprintln!("  round {round}: {campaigns} campaigns, {:.2} s, {megabytes:.1} MB", run.seconds);
            runs.push(run);
        }
    }
    Ok(runs)
}

async fn sync(rig: &Rig, campaigns: u32) -> Result<GrowthRun> {
    let site = rig.site(TEMPLATE, LATENCY).await?;
    let shop = Shop::new(SHOP, campaigns);
    rig.shops(&site, std::slice::from_ref(&shop)).await?;
    let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
    let taken = worker.sync(&shop).await;
    let memory_bytes = worker.memory_bytes();
    worker.stop().await;
    let calls = Calls::read(rig).await?;
    let seconds = taken?.seconds;
    let rows = rig.compare(&site, &shop, &Days::now()).await?;
    ensure!(rows.wrong == 0 && rows.right > 0, "{} rows are wrong", rows.wrong);
    rig.clear(site).await?;
    Ok(GrowthRun { campaigns, seconds, memory_bytes: memory_bytes?, calls })
}

/// A size with the median time in seconds and the median memory in megabytes.
pub type Point = (f64, f64, f64);

/// The medians by campaigns.
#[must_use]
pub fn by_campaigns(runs: &[GrowthRun]) -> Vec<Point> {
    points(runs.iter().map(|run| (run.campaigns, run.seconds, run.memory_bytes)))
}

/// The medians by shops.
#[must_use]
pub fn by_shops(runs: &[FleetRun]) -> Vec<Point> {
    points(runs.iter().map(|run| (run.shops, run.seconds, run.memory_bytes)))
}

fn points(runs: impl Iterator<Item = (u32, f64, u64)> + Clone) -> Vec<Point> {
    let sizes: std::collections::BTreeSet<u32> = runs.clone().map(|(size, ..)| size).collect();
    let point = |size: u32| {
        let of_size = runs.clone().filter(move |(other, ..)| *other == size);
        let seconds: Vec<f64> = of_size.clone().map(|(_, seconds, _)| seconds).collect();
        let megabytes: Vec<f64> = of_size.map(|(_, _, bytes)| bytes as f64 / 1e6).collect();
        Some((f64::from(size), Spread::of(&seconds)?.median, Spread::of(&megabytes)?.median))
    };
    sizes.into_iter().filter_map(point).collect()
}

/// The exponents of time and memory.
#[must_use]
pub fn exponents(points: &[Point]) -> Option<(f64, f64)> {
    let seconds: Vec<_> = points.iter().map(|(size, seconds, _)| (*size, *seconds)).collect();
    let memory: Vec<_> = points.iter().map(|(size, _, megabytes)| (*size, *megabytes)).collect();
    Some((exponent(&seconds)?, exponent(&memory)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_taken_from_the_medians() {
        let run = |campaigns, seconds, memory_bytes| GrowthRun {
            campaigns,
            seconds,
            memory_bytes,
            calls: Calls::default(),
        };
        let runs =
            [run(10, 1.0, 2_000_000), run(100, 10.0, 2_000_000), run(10, 3.0, 2_000_000), run(10, 1.0, 0)];
        let points = by_campaigns(&runs);
        assert_eq!(points, [(10.0, 1.0, 2.0), (100.0, 10.0, 2.0)]);
        let (time, memory) = exponents(&points).unwrap();
        assert!((time - 1.0).abs() < 1e-9 && memory.abs() < 1e-9);
    }
}
