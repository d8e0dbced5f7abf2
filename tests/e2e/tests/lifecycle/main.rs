//! What operators ask of runs and shops over HTTP while work is under way.

use anyhow::{Context, Result, ensure};
use e2e::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod refusals;
mod retry;
mod stop;

/// Time of a call to the fake in this program, in milliseconds.
const LATENCY_MS: u32 = 60;
/// Calls a second of a shop whose run is to be met under way: it takes many seconds, whatever the machine does meanwhile.
const SLOW: &str = "shop_calls_per_second = 2";

/// Starts a run of a shop and waits until its first chunk is done. Answers with the run's id.
async fn under_way(world: &World, shop: i64) -> Result<String> {
    xtask::demo::seed::latency(world.stack, LATENCY_MS).await?;
    world.settings(shop, SLOW).await?;
    let run = world.sync(shop).await?;
    let begun = "SELECT current_chunk >= 1 OR sync_stage = 'syncing_performance' FROM apishopee_ads_sync_progress WHERE shop_id = $1";
    world.until("the first chunk", begun, &[&shop]).await?;
    Ok(run)
}

/// Who did what to a shop, the oldest first, as the HTTP interface shows it.
async fn deeds(world: &World, shop: i64) -> Result<Vec<String>> {
    let (status, body) = world.get(&format!("/v1/audit-log?shop_id={shop}")).await?;
    ensure!(status == 200, "{status} {body}");
    let items = body["items"].as_array().context("the log is no list")?;
    for item in items {
        let actor = item["actor"].as_str().unwrap_or_default();
        ensure!(actor.starts_with("operator:") && actor.len() > 12, "nobody did it: {item}");
        ensure!(!item["before"].is_null(), "what was before is not told: {item}");
    }
    Ok(items.iter().rev().map(|item| item["action"].as_str().unwrap_or_default().to_owned()).collect())
}

/// Calls of a shop that were made more than once with the same campaigns.
async fn repeated_calls(world: &World, shop: i64) -> Result<Vec<String>> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for call in world.calls(shop).await? {
        *times.entry(format!("{} {}", call["endpoint"], call["ids"])).or_default() += 1;
    }
    Ok(times.into_iter().filter(|(_, times)| *times > 1).map(|(call, _)| call).collect())
}

/// A run's closing account.
async fn receipt(world: &World, shop: i64) -> Result<Value> {
    let query =
        "SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1 ORDER BY generation DESC LIMIT 1";
    world.value(query, &[&shop]).await
}

/// A whole run of another shop: time in which something else could have happened.
async fn meanwhile(world: &World) -> Result<()> {
    let clock = world.shop(120).await?;
    world.sync(clock).await?;
    world.until_run(clock, "completed").await
}

/// A fault that fails a call for one campaign so often.
fn failing(shop: i64, endpoint: &str, id: i64, times: u32) -> Value {
    json!({ "match": { "endpoint": endpoint, "shop": shop, "ids": [id] }, "kind": "status", "status": 500,
            "times": times })
}
