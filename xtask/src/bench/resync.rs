//! A sync of a shop in which nothing has changed since the last one.

use super::{
    race::TEMPLATE,
    rig::{Latency, Rig},
    sync_worker::SyncWorker,
};
use crate::{
    demo::{self, seed::Shop},
    paths,
};
use anyhow::Result;
use serde::{Deserialize, Serialize};

const SHOP: i64 = 90_020_000;
/// Time is not measured here.
const QUICK: Latency = Latency { mean: 20, jitter: 10 };

/// What Postgres writes for its own housekeeping, whenever that is due, is not the run's.
const WITHOUT_AUTOVACUUM: &str = "DO $$ DECLARE name regclass; BEGIN \
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP \
      EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', name); \
    END LOOP; END $$";

/// What the second sync has written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResyncRun {
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// Rows of data that were written.
    pub rows: i64,
    /// Write-ahead log of the whole run, in bytes, with the rows about the run itself.
    pub wal_bytes: i64,
}

impl ResyncRun {
    /// Write-ahead log, in bytes.
    #[must_use]
    pub fn wal_bytes_a_campaign(&self) -> f64 {
        self.wal_bytes as f64 / f64::from(self.campaigns.max(1))
    }
}

/// Syncs a shop, and again several times.
///
/// # Errors
/// A run fails.
pub async fn run(rig: &Rig, campaigns: u32, rounds: u32) -> Result<Vec<ResyncRun>> {
    let site = rig.site(TEMPLATE, QUICK).await?;
    let shop = Shop::new(SHOP, campaigns);
    rig.shops(&site, std::slice::from_ref(&shop)).await?;
    let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
    let runs = again_and_again(&worker, &site.database, &shop, rounds).await;
    worker.stop().await;
    rig.clear(site).await?;
    runs
}

async fn again_and_again(
    worker: &SyncWorker<'_>,
    database: &tokio_postgres::Client,
    shop: &Shop,
    rounds: u32,
) -> Result<Vec<ResyncRun>> {
    worker.sync(shop).await?;
    database.batch_execute(WITHOUT_AUTOVACUUM).await?;
    let mut runs = Vec::new();
    for round in 1..=rounds {
        let before = demo::write_counters(database).await?;
        worker.sync(shop).await?;
        let after = demo::write_counters(database).await?;
        let (rows, wal_bytes) = (after.tuples - before.tuples, after.wal_bytes - before.wal_bytes);
        let run = ResyncRun { campaigns: shop.campaigns, rows, wal_bytes };
        eprintln!("  round {round}: {rows} rows, {:.1} bytes of WAL a campaign", run.wal_bytes_a_campaign());
        runs.push(run);
    }
    Ok(runs)
}
