//! What operators ask of runs and shops over HTTP while work is under way.

use anyhow::{Result, ensure};
use e2e::{Progress, Run, Shop, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod refusals;
mod retry;
mod stop;

/// Time of a call to the fake in this program, in milliseconds.
const LATENCY_MS: u32 = 60;
/// Calls a second of a shop whose run is to be met under way: it takes many seconds, whatever the machine does meanwhile.
const SLOW: &str = "shop_calls_per_second = 2";

/// Starts a run of a shop and waits until its first chunk is done.
async fn under_way(shop: Shop<'_>) -> Result<Run<'_>> {
    xtask::demo::seed::latency(shop.world.stack, LATENCY_MS).await?;
    shop.settings(SLOW).await?;
    let run = shop.sync().await?;
    let has_begun =
        |progress: &Progress| progress.current_chunk >= 1 || progress.stage == "syncing_performance";
    shop.until_progress("the first chunk", has_begun).await?;
    Ok(run)
}

/// The actions in the audit log of a shop, oldest first, as the HTTP interface shows them. Each names an operator and what
/// was before.
async fn audited_actions(shop: Shop<'_>) -> Result<Vec<String>> {
    let items = shop.world.items(&format!("/v1/audit-log?shop_id={shop}")).await?;
    for item in &items {
        let actor = item["actor"].as_str().unwrap_or_default();
        ensure!(actor.starts_with("operator:") && actor.len() > 12, "the entry names nobody: {item}");
        ensure!(!item["before"].is_null(), "the entry does not say what was before: {item}");
    }
    Ok(items.iter().rev().map(|item| item["action"].as_str().unwrap_or_default().to_owned()).collect())
}

/// Calls of a shop that were made more than once with the same campaigns.
async fn repeated_calls(shop: Shop<'_>) -> Result<Vec<String>> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for call in shop.calls().await? {
        *times.entry(format!("{} {}", call["endpoint"], call["ids"])).or_default() += 1;
    }
    Ok(times.into_iter().filter(|(_, times)| *times > 1).map(|(call, _)| call).collect())
}

/// A whole run of another shop: time in which something else could have happened.
async fn meanwhile(world: &World) -> Result<()> {
    let clock = world.shop(120).await?;
    clock.sync_to_end().await.map(drop)
}

/// A fault that fails a call for one campaign so often.
fn failing(shop: Shop<'_>, endpoint: &str, id: i64, times: u32) -> Value {
    json!({ "match": { "endpoint": endpoint, "shop": shop.id, "ids": [id] }, "kind": "status", "status": 500,
            "times": times })
}
