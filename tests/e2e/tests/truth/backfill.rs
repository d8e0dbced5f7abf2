//! What a long backfill costs.

use super::{all_right, completed, realtime};
use anyhow::{Context, ensure};
use e2e::run_alone;
use serde_json::json;
use std::collections::BTreeMap;
use xtask::stack::Front;

const CAMPAIGNS: u32 = 1_000;

#[test]
fn thirty_days_of_a_thousand_campaigns_are_ten_calls_the_totals_and_the_list() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(CAMPAIGNS).await?;
        // Chunks that a slow machine makes smaller would be more calls.
        shop.settings("dynamic_chunks = false").await?;
        let job = shop.insert_job("backfill_full", json!({ "days": 30 })).await?;
        world.tick("*/5 * * * *").await?;
        job.until("completed").await?;
        let receipt = completed(shop.run(1)).await?;
        ensure!(
            receipt["planned"] == CAMPAIGNS && receipt["performance_accounted"] == CAMPAIGNS,
            "{receipt}"
        );

        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for call in shop.calls().await? {
            let endpoint = call["endpoint"].as_str().context("a call has no endpoint")?;
            *calls.entry(endpoint.to_owned()).or_default() += 1;
        }
        let expected = [
            ("ads/get_all_cpc_ads_daily_performance", 1),
            ("ads/get_product_campaign_daily_performance", 10),
            ("ads/get_product_level_campaign_id_list", 1),
            ("ads/get_total_balance", 1),
            ("shop/get_shop_info", 1),
        ];
        ensure!(calls == expected.map(|(name, count)| (name.to_owned(), count)).into(), "{calls:?}");

        let days = "SELECT (receipt #>> '{window,daily_to}')::date - (receipt #>> '{window,daily_from}')::date + 1 \
                    FROM apishopee_ads_sync_runs WHERE shop_id = $1";
        let days: i32 = world.value(days, &[&shop.id]).await?;
        ensure!(days == 30 && receipt["window"]["hourly"] == json!([]), "{receipt}");
        // The backfill left out settings and hours; with them all tables can be compared.
        realtime(shop).await?;
        all_right(shop).await
    });
}
