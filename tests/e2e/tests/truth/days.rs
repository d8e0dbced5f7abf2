//! A platform that refuses windows of one day.

use super::{all_right, realtime, shop_of_pages, synced, while_behaving};
use anyhow::{Context, ensure};
use e2e::run_apart_within_a_day;
use serde_json::{Value, json};
use xtask::stack::Front;

const CAMPAIGNS: u32 = 250;

#[test]
fn one_day_is_fetched_where_windows_of_one_day_are_refused() {
    run_apart_within_a_day(Front::Worker, "America/Sao_Paulo", |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        while_behaving(&world, json!({ "strict_same_dates": true }), async {
            // Two days, then one of them, then one that lies by itself: the day before it is not stored.
            realtime(shop).await?;
            all_right(shop).await?;
            shop.settings("realtime_days = 1").await?;
            realtime(shop).await?;
            let receipt = synced(shop, json!({ "kind": "backfill_day", "days_ago": 4 })).await?;
            ensure!(receipt["window"]["daily_from"] == receipt["window"]["daily_to"], "{receipt}");
            ensure!(receipt["performance_accounted"] == CAMPAIGNS, "{receipt}");
            let refused =
                |call: &&Value| call["error"] == "ads.performance.error_same_start_end_dates";
            let calls = shop.calls().await?;
            ensure!(calls.iter().filter(refused).count() >= 4, "windows of one day were not refused");
            let days = "SELECT count(DISTINCT performance_date) FROM apishopee_ads_performance_daily WHERE shop_id = $1";
            let days: i64 = world.value(days, &[&shop.id]).await.context("no days")?;
            ensure!(days == 3, "{days} days are stored");
            all_right(shop).await
        })
        .await
    });
}
