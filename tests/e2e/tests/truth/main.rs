//! Every row equals the platform's truth, however the platform lists campaigns and tells their figures. Its switches are
//! those of the fake; each test sets them back.

use anyhow::{Context, Result, ensure};
use e2e::{Run, Shop, World};
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
async fn shop_of_pages(world: &World, campaigns: u32) -> Result<Shop<'_>> {
    let shop = world.shop(campaigns).await?;
    shop.settings("list_page_size = 50, dynamic_chunks = false").await?;
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
async fn synced(shop: Shop<'_>, request: Value) -> Result<Value> {
    completed(shop.sync_with(request).await?).await
}

/// The receipt of a run, which must complete and balance.
async fn completed(run: Run<'_>) -> Result<Value> {
    let status = run.until_ended().await?;
    ensure!(status == "completed", "{status}: {}", run.error().await.unwrap_or_default());
    let receipt = run.receipt().await?;
    let sum = |names: &[&str]| names.iter().map(|name| number(&receipt, name)).sum::<u64>();
    let planned = number(&receipt, "planned");
    ensure!(planned == sum(&["written", "unchanged", "vanished", "quarantined"]), "{receipt}");
    ensure!(planned == sum(&["performance_accounted", "performance_left_out"]), "{receipt}");
    Ok(receipt)
}

/// A realtime sync.
async fn realtime(shop: Shop<'_>) -> Result<Value> {
    synced(shop, json!({})).await
}

fn number(receipt: &Value, name: &str) -> u64 {
    receipt[name].as_u64().unwrap_or_default()
}

/// The ids that the shop has now, each checked to be listed once.
async fn listed(shop: Shop<'_>) -> Result<BTreeSet<i64>> {
    let ids = shop.campaign_ids().await?;
    let unique: BTreeSet<i64> = ids.iter().copied().collect();
    ensure!(unique.len() == ids.len(), "the fake lists a campaign twice");
    Ok(unique)
}

/// The ids of stored campaigns that have vanished, or of those that have not.
async fn stored(shop: Shop<'_>, vanished: bool) -> Result<BTreeSet<i64>> {
    let rows = "SELECT campaign_id FROM apishopee_ads_campaign_data \
                WHERE shop_id = $1 AND (vanished_at IS NOT NULL) = $2";
    Ok(shop.world.db.query(rows, &[&shop.id, &vanished]).await?.iter().map(|row| row.get(0)).collect())
}

/// Every row is right, and there are as many campaigns as the shop has.
async fn all_right(shop: Shop<'_>) -> Result<()> {
    let campaigns = listed(shop).await?;
    ensure!(stored(shop, false).await? == campaigns, "the stored campaigns are not those of the shop");
    shop.check_rows_of(u32::try_from(campaigns.len())?).await
}

/// The pages of the list that were asked for.
async fn pages(shop: Shop<'_>) -> Result<usize> {
    Ok(shop.calls_to("ads/get_product_level_campaign_id_list").await?.len())
}
