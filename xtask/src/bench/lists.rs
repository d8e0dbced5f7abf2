//! The runs of a deployment with many shops, over HTTP: how much a page costs beside its SQL, and a page that has not changed
//! beside an answer that needs nothing. (The list of shops changes with each moment, since it tells how old data are.)

use super::{
    race::TEMPLATE,
    rig::{LATENCY, Rig, Site},
    statistics::Spread,
    sync_worker::SyncWorker,
};
use crate::paths;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Rows of a page: the most that may be asked for.
const PAGE: i32 = 200;
/// Pages that are asked for.
const PAGES: usize = 30;
/// Answers without a body, or nearly, that are asked for.
const SMALL: usize = 300;

/// One round: medians in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListsRun {
    /// Shops of the deployment.
    pub shops: u32,
    /// The statement of a page of shops, on a connection that is open.
    pub shops_sql_ms: f64,
    /// The page of shops over HTTP.
    pub shops_http_ms: f64,
    /// The statement of a page of runs, likewise.
    pub runs_sql_ms: f64,
    /// The page of runs over HTTP.
    pub runs_http_ms: f64,
    /// `/healthz`.
    pub healthz_ms: f64,
    /// The page of runs, asked for by whoever has it: 304.
    pub not_modified_ms: f64,
}

impl ListsRun {
    /// A page of shops over HTTP, in its SQL.
    #[must_use]
    pub fn shops_ratio(&self) -> f64 {
        self.shops_http_ms / self.shops_sql_ms
    }

    /// The same of runs.
    #[must_use]
    pub fn runs_ratio(&self) -> f64 {
        self.runs_http_ms / self.runs_sql_ms
    }

    /// A 304, in `/healthz`.
    #[must_use]
    pub fn not_modified_ratio(&self) -> f64 {
        self.not_modified_ms / self.healthz_ms
    }
}

/// Reads lists several times.
///
/// # Errors
/// Something is answered that should not be.
pub async fn run(rig: &Rig, shops: u32, rounds: u32) -> Result<Vec<ListsRun>> {
    let site = rig.site(TEMPLATE, LATENCY).await?;
    fill(&site, shops).await?;
    let worker = SyncWorker::start(rig, &site, &paths::root(), false).await?;
    let measured = measure(rig, &site, &worker, shops, rounds).await;
    worker.stop().await;
    rig.clear(site).await?;
    measured
}

async fn measure(
    rig: &Rig,
    site: &Site,
    worker: &SyncWorker<'_>,
    shops: u32,
    rounds: u32,
) -> Result<Vec<ListsRun>> {
    let db = store::Postgres(crate::stack::postgres::connect(&site.url).await?);
    let reader = Reader { http: &rig.http, worker };
    let [shops_page, runs_page] = ["shops", "runs"].map(|list| format!("/v1/{list}?limit={PAGE}"));
    let tag = reader.get(&runs_page, "").await?.context("a list without a tag")?;
    let mut runs = Vec::new();
    for round in 1..=rounds {
        let list_shops = async || ensure_full(store::shops::list(&db, 0, PAGE).await?.len());
        let all = store::runs::Filter::default();
        let list_runs = async || ensure_full(store::runs::list_all(&db, &all, None, PAGE).await?.len());
        let run = ListsRun {
            shops,
            shops_sql_ms: median(PAGES, list_shops).await?,
            shops_http_ms: median(PAGES, async || reader.get(&shops_page, "").await.map(drop)).await?,
            runs_sql_ms: median(PAGES, list_runs).await?,
            runs_http_ms: median(PAGES, async || reader.get(&runs_page, "").await.map(drop)).await?,
            healthz_ms: median(SMALL, async || reader.get("/healthz", "").await.map(drop)).await?,
            not_modified_ms: median(SMALL, async || reader.get(&runs_page, &tag).await.map(drop)).await?,
        };
        eprintln!("  round {round}: {run:?}");
        runs.push(run);
    }
    Ok(runs)
}

fn ensure_full(rows: usize) -> Result<()> {
    ensure!(rows >= PAGE as usize, "a page has {rows} rows");
    Ok(())
}

/// Reads from the Worker.
struct Reader<'a> {
    http: &'a reqwest::Client,
    worker: &'a SyncWorker<'a>,
}

impl Reader<'_> {
    /// The tag of the answer: 304 where one is sent along, else 200.
    async fn get(&self, path: &str, tag: &str) -> Result<Option<String>> {
        let (address, token) = self.worker.address();
        let request = self.http.get(format!("http://{address}{path}")).bearer_auth(token);
        let answer = request.header("if-none-match", tag).send().await?;
        let (status, expected) = (answer.status(), if tag.is_empty() { 200 } else { 304 });
        ensure!(status == expected, "{path} answered {status} instead of {expected}");
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        answer.bytes().await?;
        Ok(tag)
    }
}

/// The median of so many times, in milliseconds.
async fn median(times: usize, work: impl AsyncFn() -> Result<()>) -> Result<f64> {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        work().await?;
        taken.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Spread::of(&taken).map(|spread| spread.median).context("nothing was measured")
}

/// Shops with a past: their progress, and runs, each at a moment of its own.
async fn fill(site: &Site, shops: u32) -> Result<()> {
    let fill = format!(
        "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token)
         SELECT g, 'Shop ' || g, 'SG', 'token' FROM generate_series(1, {shops}) g;
         INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage, is_complete, total_campaigns, synced_campaigns)
         SELECT g, 5, 'completed', true, 200, 200 FROM generate_series(1, {shops}) g;
         INSERT INTO apishopee_ads_sync_status (shop_id, generation, last_sync_at, total_campaigns)
         SELECT g, 5, now(), 200 FROM generate_series(1, {shops}) g;
         INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at, total_campaigns)
         SELECT g, n, 'realtime', 'cron', 'completed', now() - make_interval(secs => n * 6000 + g), now(), 200
         FROM generate_series(1, {shops}) g, generate_series(1, 5) n;
         ANALYZE;"
    );
    site.database.batch_execute(&fill).await.context("the shops could not be made")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_least_that_is_needed() {
        let run = ListsRun {
            shops: 1,
            shops_sql_ms: 10.0,
            shops_http_ms: 15.0,
            runs_sql_ms: 5.0,
            runs_http_ms: 10.0,
            healthz_ms: 2.0,
            not_modified_ms: 2.5,
        };
        assert!((run.shops_ratio() - 1.5).abs() < 1e-9 && (run.runs_ratio() - 2.0).abs() < 1e-9);
        assert!((run.not_modified_ratio() - 1.25).abs() < 1e-9);
    }
}
