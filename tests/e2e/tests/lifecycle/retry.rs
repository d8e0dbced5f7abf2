//! Trying the failed chunks of a run again.

use super::{audited_actions, failing};
use anyhow::ensure;
use e2e::run;
use serde_json::Value;
use xtask::stack::Front;

#[test]
fn failed_chunks_are_tried_again_and_nothing_else() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(450).await?;
        shop.settings("max_attempts = 1, dynamic_chunks = false, realtime_all_campaigns = true").await?;
        let ids = shop.campaign_ids().await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[120], 1)).await?;
        world.fault(failing(shop, "get_product_campaign_hourly_performance", ids[320], 1)).await?;
        let run = shop.sync().await?;
        run.until("failed").await?;
        shop.until_progress("the failed chunks", |progress| {
            let has_failed = progress.stage == "failed" && !progress.is_complete;
            has_failed && progress.failed_chunks == [1, 3] && !progress.error.is_empty()
        })
        .await?;
        let before = shop.calls().await?.len();

        let body = run.ask("retry").await?.expect(202)?;
        ensure!(body["run"]["id"] == format!("{shop}-2"), "{body}");
        let retry = shop.until_run("completed").await?;
        let calls = shop.calls().await?.split_off(before);
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
        shop.check_rows().await?;

        let receipt = retry.receipt().await?;
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
        shop.until_progress("the end", |progress| {
            let is_complete = progress.stage == "completed" && progress.is_complete;
            is_complete && progress.synced_campaigns == 450 && progress.failed_chunks.is_empty()
        })
        .await?;
        ensure!(audited_actions(shop).await? == ["retry"]);
        let none_open =
            "SELECT NOT EXISTS (SELECT FROM apishopee_ads_alerts WHERE shop_id = $1 AND resolved_at IS NULL)";
        world.until("the end of the failed run's alert", none_open, &[&shop.id]).await
    });
}

#[test]
fn a_retry_that_fails_can_be_retried() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(250).await?;
        shop.settings("max_attempts = 1, dynamic_chunks = false").await?;
        let ids = shop.campaign_ids().await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[0], 2)).await?;
        let run = shop.sync().await?;
        run.until("failed").await?;

        run.ask("retry").await?.expect(202)?;
        shop.run(2).until("failed").await?;
        run.ask("retry").await?.refused(409, "run_ended")?;
        shop.run(2).ask("retry").await?.expect(202)?;
        shop.until_run("completed").await?;
        shop.check_rows().await
    });
}
