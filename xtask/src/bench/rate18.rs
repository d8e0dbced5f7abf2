//! A large shop under a tight limit of calls: how near the time comes to what the limit allows.

use super::{
    calls::Calls,
    race::TEMPLATE,
    rig::{Days, LATENCY, Rig},
    sync_worker::SyncWorker,
};
use crate::{demo, demo::seed::Shop, paths};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// The limit, in calls a second of the app.
const RATE: u32 = 18;
const SHOP: i64 = 90_018_000;

/// One sync.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateRun {
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// Calls a second that were allowed.
    pub rate: u32,
    /// How long it took.
    pub seconds: f64,
    /// What the fake has seen.
    pub calls: Calls,
}

impl RateRun {
    /// The time, in the least that the limit allows.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.seconds * f64::from(self.rate) / self.calls.count.max(1) as f64
    }
}

/// Syncs a shop several times, each time with a new Worker.
///
/// # Errors
/// A run fails, or a row is wrong.
pub async fn run(rig: &Rig, campaigns: u32, rounds: u32) -> Result<Vec<RateRun>> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        let site = rig.site(TEMPLATE, LATENCY).await?;
        let shop = Shop::new(SHOP, campaigns);
        rig.shops(&site, std::slice::from_ref(&shop)).await?;
        let rates = [("app_calls_per_second", RATE), ("shop_calls_per_second", RATE)];
        demo::settings::set(&site.database, &rates).await?;
        rig.limit(RATE).await?;
        let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
        let taken = worker.sync(&shop).await;
        worker.stop().await;
        let run = RateRun { campaigns, rate: RATE, seconds: taken?.seconds, calls: Calls::read(rig).await? };
        let rows = rig.compare(&site, &shop, &Days::now()).await?;
        ensure!(rows.wrong == 0 && rows.right > 0, "{} rows are wrong", rows.wrong);
        rig.clear(site).await?;
        eprintln!(
            "  round {round}: {:.2} s, {} calls, ratio {:.3}",
            run.seconds,
            run.calls.count,
            run.ratio()
        );
        runs.push(run);
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_the_time_in_that_of_the_limit() {
        let calls = Calls { count: 180, ..Calls::default() };
        let run = RateRun { campaigns: 1, rate: 18, seconds: 12.0, calls };
        assert!((run.ratio() - 1.2).abs() < 1e-9);
    }
}
