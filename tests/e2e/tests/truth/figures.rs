//! How the platform wraps figures, tells that there are none, and changes them afterwards.

use super::{all_right, realtime, shop_of_pages, synced, while_behaving};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_alone};
use serde_json::{Value, json};
use xtask::stack::Front;

const CAMPAIGNS: u32 = 250;

/// Syncs a new shop under the switches, all campaigns of it, and checks every row.
async fn right_under(world: &World, switches: Value) -> Result<()> {
    let shop = shop_of_pages(world, CAMPAIGNS).await?;
    shop.settings("realtime_all_campaigns = true").await?;
    while_behaving(world, switches, async {
        let receipt = realtime(shop).await?;
        ensure!(receipt["performance_accounted"] == CAMPAIGNS, "{receipt}");
        all_right(shop).await
    })
    .await
}

#[test]
fn figures_may_come_in_an_array() {
    run_alone(Front::Worker, |world| async move {
        right_under(&world, json!({ "performance_container": "array" })).await
    });
}

/// What is stored of a campaign without traffic does not depend on how the platform says so: no row.
#[test]
fn no_traffic_is_no_row_however_it_is_told() {
    run_alone(Front::Worker, |world| async move {
        for told in ["empty_list", "omit", "zero_rows"] {
            right_under(&world, json!({ "no_traffic": told })).await?;
        }
        Ok(())
    });
}

#[test]
fn late_orders_reach_every_day_of_a_backfill() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        let receipt = realtime(shop).await?;
        all_right(shop).await?;
        let yesterday = receipt["window"]["daily_from"].as_str().context("the receipt names no days")?;
        let orders = "SELECT coalesce(sum(broad_order), 0)::bigint FROM apishopee_ads_performance_daily \
                      WHERE shop_id = $1 AND performance_date::text = $2";
        let before: i64 = world.value(orders, &[&shop.id, &yesterday]).await?;
        for restated in [1, 4] {
            while_behaving(&world, json!({ "restatement": restated }), async {
                synced(shop, json!({ "kind": "backfill_full" })).await?;
                all_right(shop).await
            })
            .await?;
        }
        let after: i64 = world.value(orders, &[&shop.id, &yesterday]).await?;
        ensure!(after > before, "{before} orders, then {after}: nothing was restated");
        Ok(())
    });
}
