//! The sync's Worker at a site: of this checkout, or of an older one.

use super::{
    rig::{Rig, Site},
    stopwatch::{Stopwatch, Taken},
};
use crate::{
    build::Bundle,
    demo::seed::Shop,
    stack::{
        Front,
        worker::{Setup, Worker},
    },
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::json;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How often it is looked whether runs have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Time until the Worker must accept a run.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of all runs together.
const RUN_TIMEOUT: Duration = Duration::from_secs(1_800);
/// Lines shown of the log of a Worker that failed.
const SHOWN_LINES: usize = 20;

/// A running Worker.
pub struct SyncWorker<'a> {
    rig: &'a Rig,
    site: &'a Site,
    worker: Worker,
}

impl<'a> SyncWorker<'a> {
    /// Starts it and waits until it is healthy.
    ///
    /// # Errors
    /// It does not start; the message contains the end of its log.
    pub async fn start(rig: &'a Rig, site: &'a Site, checkout: &Path, traces: bool) -> Result<Self> {
        let worker = Worker::start(Setup {
            bundle: Bundle::Full,
            checkout: Some(checkout.to_path_buf()),
            traces,
            folder: site.folder.clone(),
            database_url: site.pooled_url.clone(),
            shopee_url: rig.shopee.url(),
            secrets: rig.secrets.clone(),
            front: Front::Worker,
            test_crash: false,
            open_sinks: false,
            clock_offset_ms: 0,
            reaper: rig.reaper.clone(),
        })
        .await?;
        Ok(Self { rig, site, worker })
    }

    /// Syncs a shop, from the request to the moment when Postgres says that the run is completed.
    ///
    /// # Errors
    /// The run fails or takes too long; the message contains the end of the Worker's log.
    pub async fn sync(&self, shop: &Shop) -> Result<Taken> {
        self.timed(async {
            self.start_run(shop).await?;
            self.until_completed(shop).await
        })
        .await
    }

    /// Takes the time, and the processes' CPU time, of some work.
    ///
    /// # Errors
    /// The work fails or takes too long; the message contains the end of the Worker's log.
    pub async fn timed(&self, work: impl Future<Output = Result<()>>) -> Result<Taken> {
        let group = self.worker.process_group().await.context("the Worker is not running")?;
        let stopwatch = Stopwatch::start(self.rig, group);
        let outcome = tokio::time::timeout(RUN_TIMEOUT, work).await;
        let taken = stopwatch.stop();
        let outcome = outcome.context("it did not end in time").and_then(|done| done);
        outcome.with_context(|| format!("the end of the Worker's log:\n{}", self.log_tail()))?;
        Ok(taken)
    }

    /// Where it listens, as host and port, and a token that it takes.
    #[must_use]
    pub fn address(&self) -> (String, String) {
        (self.worker.url.replace("http://", ""), self.rig.secrets.viewer_token.clone())
    }

    /// Asks for a run of a shop.
    ///
    /// # Errors
    /// The Worker refuses.
    pub async fn start_run(&self, shop: &Shop) -> Result<()> {
        let path = format!("/v1/shops/{}/sync", shop.id);
        let deadline = Instant::now() + ACCEPT_TIMEOUT;
        loop {
            let kind = json!({ "kind": "realtime" });
            let (status, body) = self.worker.call(Method::POST, &path, Some(&kind)).await?;
            match status {
                202 => return Ok(()),
                // The pooler may still hold a session that was terminated, which fails on its first use.
                503 if Instant::now() < deadline => tokio::time::sleep(LOOK_AGAIN).await,
                _ => bail!("{path} answered {status}: {body}"),
            }
        }
    }

    async fn until_completed(&self, shop: &Shop) -> Result<()> {
        let select = "SELECT status, error_message FROM apishopee_ads_sync_runs WHERE shop_id = $1 \
                      ORDER BY generation DESC LIMIT 1";
        loop {
            if let Some(row) = self.site.database.query_opt(select, &[&shop.id]).await? {
                match row.get(0) {
                    "completed" => return Ok(()),
                    "running" => {}
                    other => {
                        let reason: Option<&str> = row.get(1);
                        bail!("the run of shop {} is {other}: {}", shop.id, reason.unwrap_or("no reason"))
                    }
                }
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Fires a cron tick.
    ///
    /// # Errors
    /// It fails.
    pub async fn tick(&self, cron: &str) -> Result<()> {
        self.worker.tick(cron).await
    }

    /// The largest linear memory that it has logged, in bytes.
    ///
    /// # Errors
    /// It has logged none.
    pub fn memory_bytes(&self) -> Result<u64> {
        let bytes = self.worker.memory_bytes_max();
        ensure!(bytes > 0, "the Worker has not logged its memory");
        Ok(bytes)
    }

    fn log_tail(&self) -> String {
        let log = self.worker.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
    }

    /// Stops it.
    pub async fn stop(self) {
        self.worker.stop().await;
    }
}
