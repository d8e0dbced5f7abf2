//! Cloudflare Workflows in workerd: a small Worker with a workflow, one instance a shop, one step a chunk.

use super::{
    peers,
    rig::{Rig, Site},
    stopwatch::{Stopwatch, Taken},
};
use crate::stack::{
    free_port,
    server_process::{self, ServerProcess},
    worker::wrangler_dev,
    write_private,
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::time::Duration;

/// How often it is looked whether the instance has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Time to do the job.
const RUN_TIMEOUT: Duration = Duration::from_secs(600);
/// The name of its log.
const NAME: &str = "workflows";

/// Runs the workflow and takes its time.
///
/// # Errors
/// It does not start, fails, or takes too long; the message contains the end of its log.
pub async fn run(rig: &Rig, site: &Site, job: &Value) -> Result<Taken> {
    let port = free_port()?;
    let environment = site.folder.join("workflows.env");
    write_private(&environment, &format!("BENCH_JOB='{job}'\n"))?;
    let mut command = wrangler_dev(&site.folder, port)?;
    command
        .current_dir(peers::folder().join("workflows"))
        .args(["--config", "wrangler.toml", "--env-file"])
        .arg(&environment)
        .env("CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB", &site.pooled_url)
        .env("X_LOCAL_OBSERVABILITY", "false");
    let mut server = ServerProcess::spawn(NAME, command, &site.folder, &rig.reaper)?;
    let url = format!("http://127.0.0.1:{port}");
    let outcome = measure(rig, &mut server, &url).await;
    server.stop().await;
    let log = site.folder.join(format!("{NAME}.log"));
    outcome.with_context(|| server_process::log_tail(&log))
}

async fn measure(rig: &Rig, server: &mut ServerProcess, url: &str) -> Result<Taken> {
    let ready = async || rig.http.get(url).send().await.is_ok_and(|answer| answer.status().is_success());
    server.wait_until(ready).await?;
    let stopwatch = Stopwatch::start(rig, server.group());
    let started_it = rig.http.post(format!("{url}/start")).send().await?;
    ensure!(started_it.status().is_success(), "the instance was not made: {}", started_it.status());
    tokio::time::timeout(RUN_TIMEOUT, until_complete(rig, url)).await.context("it did not end in time")??;
    Ok(stopwatch.stop())
}

async fn until_complete(rig: &Rig, url: &str) -> Result<()> {
    loop {
        let status: Value = rig.http.get(format!("{url}/status")).send().await?.json().await?;
        match status.get("status").and_then(Value::as_str) {
            Some("complete") => return Ok(()),
            Some("errored" | "terminated" | "unknown") | None => bail!("the instance ended: {status}"),
            Some(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}
