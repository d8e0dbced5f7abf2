//! Trying the failed chunks of a run again.

use super::{deeds, failing, receipt};
use anyhow::ensure;
use e2e::run;
use serde_json::Value;
use xtask::stack::Front;

#[test]
fn failed_chunks_are_tried_again_and_nothing_else() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(450).await?;
        world
            .settings(shop, "max_attempts = 1, dynamic_chunks = false, realtime_all_campaigns = true")
            .await?;
        let ids = world.campaign_ids(shop).await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[120], 1)).await?;
        world.fault(failing(shop, "get_product_campaign_hourly_performance", ids[320], 1)).await?;
        let id = world.sync(shop).await?;
        world.until_run(shop, "failed").await?;
        let shown = "SELECT sync_stage = 'failed' AND NOT is_complete AND failed_chunks = '{1,3}' AND error_message <> '' \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the failed chunks in the progress row", shown, &[&shop]).await?;
        let before = world.calls(shop).await?.len();

        let (status, body) = world.ask(&id, "retry").await?;
        ensure!(status == 202 && body["run"]["id"] == format!("{shop}-2"), "{status} {body}");
        world.until_run(shop, "completed").await?;
        let calls = world.calls(shop).await?.split_off(before);
        let mut made: Vec<(&str, &[Value])> = calls
            .iter()
            .map(|call| {
                let ids = call["ids"].as_array().map(Vec::as_slice).unwrap_or_default();
                (call["endpoint"].as_str().unwrap_or_default(), ids)
            })
            .collect();
        made.sort_by_key(|(endpoint, _)| *endpoint);
        let of =
            |part: std::ops::Range<usize>| ids[part].iter().copied().map(Value::from).collect::<Vec<_>>();
        let (first, fourth) = (of(100..200), of(300..400));
        ensure!(
            made == [
                ("ads/get_product_campaign_daily_performance", fourth.as_slice()),
                ("ads/get_product_campaign_hourly_performance", fourth.as_slice()),
                ("ads/get_product_level_campaign_setting_info", first.as_slice()),
            ],
            "only the failed chunks were to be fetched: {made:?}"
        );
        world.check_rows(shop, 450).await?;

        let receipt = receipt(&world, shop).await?;
        let count = |field: &str| receipt[field].as_u64().unwrap_or_default();
        let accounted = count("written") + count("unchanged") + count("vanished") + count("quarantined");
        ensure!(
            count("planned") == 450 && accounted == 450 && count("performance_accounted") == 450,
            "{receipt}"
        );
        ensure!(
            count("carried_chunks") == 9 && count("failed_chunks") == 0 && count("calls") == 3,
            "{receipt}"
        );
        let shown = "SELECT sync_stage = 'completed' AND is_complete AND synced_campaigns = 450 AND failed_chunks = '{}' \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the completed progress row", shown, &[&shop]).await?;
        ensure!(deeds(&world, shop).await? == ["retry"]);
        let open: i64 = world
            .value(
                "SELECT count(*) FROM apishopee_ads_alerts WHERE shop_id = $1 AND resolved_at IS NULL",
                &[&shop],
            )
            .await?;
        ensure!(open == 0, "the alert of the failed run is still open");
        Ok(())
    });
}

#[test]
fn a_retry_that_fails_can_be_retried() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(250).await?;
        world.settings(shop, "max_attempts = 1, dynamic_chunks = false").await?;
        let ids = world.campaign_ids(shop).await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[0], 2)).await?;
        let id = world.sync(shop).await?;
        world.until_run(shop, "failed").await?;
        let second =
            "SELECT status = 'failed' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        ensure!(world.ask(&id, "retry").await?.0 == 202);
        world.until("the retry's failure", second, &[&shop]).await?;
        let (status, body) = world.ask(&id, "retry").await?;
        ensure!(status == 409 && body["code"] == "run_ended", "an older run: {status} {body}");
        let (status, body) = world.ask(&format!("{shop}-2"), "retry").await?;
        ensure!(status == 202, "{status} {body}");
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 250).await
    });
}
