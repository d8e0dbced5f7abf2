//! Every row equals the platform's truth, however the platform lists campaigns and tells their figures. Its switches are
//! those of the fake; each test sets them back.

use anyhow::{Context, Result, bail, ensure};
use e2e::World;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, future::Future};
use xtask::demo::seed;

mod backfill;
mod days;
mod figures;
mod large;
mod lists;
mod moving;
mod partial;
mod together;

/// Makes a shop whose list has several pages, and whose chunks stay as large on a slow machine.
async fn shop_of_pages(world: &World, campaigns: u32) -> Result<i64> {
    let shop = world.shop(campaigns).await?;
    world.settings(shop, "list_page_size = 50, dynamic_chunks = false").await?;
    Ok(shop)
}

/// Does something while the platform behaves as given. Afterwards it behaves as before, whatever came of it.
async fn while_behaving(
    world: &World,
    switches: Value,
    work: impl Future<Output = Result<()>>,
) -> Result<()> {
    let before = seed::control(world.stack, Method::GET, "/_mock/behaviour", &Value::Null).await?;
    let result = async {
        seed::behaviour(world.stack, &switches).await?;
        work.await
    }
    .await;
    seed::behaviour(world.stack, &before).await?;
    result.with_context(|| format!("the platform behaved as {switches}"))
}

/// Syncs a shop and waits for the end. Answers with the receipt of the run, which must be completed and balance.
async fn synced(world: &World, shop: i64, request: Value) -> Result<Value> {
    let (status, body) = world.post(&format!("/v1/shops/{shop}/sync"), request).await?;
    let generation = body.pointer("/run/generation").and_then(Value::as_i64);
    let (202, Some(generation)) = (status, generation) else {
        bail!("the sync was not accepted: {status} {body}");
    };
    ended(world, shop, generation).await
}

/// The receipt of a run, when it has completed.
async fn ended(world: &World, shop: i64, generation: i64) -> Result<Value> {
    let over =
        "SELECT status <> 'running' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2";
    world.until("the end of the run", over, &[&shop, &generation]).await?;
    let run = "SELECT jsonb_build_object('status', status, 'error', error_message, 'receipt', receipt) \
               FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = $2";
    let run: Value = world.value(run, &[&shop, &generation]).await?;
    ensure!(run["status"] == "completed", "{run}");
    let receipt = &run["receipt"];
    let sum = |names: &[&str]| names.iter().map(|name| number(receipt, name)).sum::<u64>();
    let planned = number(receipt, "planned");
    ensure!(planned == sum(&["written", "unchanged", "vanished", "quarantined"]), "{receipt}");
    ensure!(planned == sum(&["performance_accounted", "performance_left_out"]), "{receipt}");
    Ok(receipt.clone())
}

/// A realtime sync.
async fn realtime(world: &World, shop: i64) -> Result<Value> {
    synced(world, shop, json!({})).await
}

fn number(receipt: &Value, name: &str) -> u64 {
    receipt[name].as_u64().unwrap_or_default()
}

/// The ids that the shop has now, each checked to be listed once.
async fn listed(world: &World, shop: i64) -> Result<BTreeSet<i64>> {
    let ids = world.campaign_ids(shop).await?;
    let unique: BTreeSet<i64> = ids.iter().copied().collect();
    ensure!(unique.len() == ids.len(), "the fake lists a campaign twice");
    Ok(unique)
}

/// The ids of stored campaigns that have vanished, or of those that have not.
async fn stored(world: &World, shop: i64, vanished: bool) -> Result<BTreeSet<i64>> {
    let rows = "SELECT campaign_id FROM apishopee_ads_campaign_data \
                WHERE shop_id = $1 AND (vanished_at IS NOT NULL) = $2";
    Ok(world.db.query(rows, &[&shop, &vanished]).await?.iter().map(|row| row.get(0)).collect())
}

/// Every row is right, and there are as many campaigns as the shop has.
async fn all_right(world: &World, shop: i64) -> Result<()> {
    let campaigns = listed(world, shop).await?;
    ensure!(stored(world, shop, false).await? == campaigns, "the stored campaigns are not those of the shop");
    world.check_rows(shop, u32::try_from(campaigns.len())?).await
}

/// The pages of the list that were asked for.
async fn pages(world: &World, shop: i64) -> Result<usize> {
    let calls = world.calls(shop).await?;
    Ok(calls.iter().filter(|call| call["endpoint"] == "ads/get_product_level_campaign_id_list").count())
}
