//! Answers that are not as documented.

use anyhow::ensure;
use e2e::{World, run, run_apart};
use serde_json::{Value, json};
use xtask::stack::Front;

/// The open alert of rows that cannot be used, and whether there is none any more.
const ALERT: &str = "SELECT text FROM apishopee_ads_alerts WHERE kind = 'malformed_rows' AND shop_id = $1 \
                     AND resolved_at IS NULL";
const OVER: &str =
    "SELECT resolved_at IS NOT NULL FROM apishopee_ads_alerts WHERE kind = 'malformed_rows' AND shop_id = $1";
const SETTINGS: &str = "get_product_level_campaign_setting_info";
const DAILY: &str = "get_product_campaign_daily_performance";
const SHOP_HOURLY: &str = "get_all_cpc_ads_hourly_performance";

/// The text of the open alert. It follows the run's last picture in statements of its own, after those of the drift.
async fn alert(world: &World, shop: i64) -> anyhow::Result<String> {
    let is_open = format!("SELECT EXISTS ({ALERT})");
    world.until("the alert", &is_open, &[&shop]).await?;
    world.value(ALERT, &[&shop]).await
}

/// The kinds of drift that are known of a shop: endpoint, field, problem, campaign.
async fn told(world: &World, shop: i64) -> anyhow::Result<Vec<(String, String, String, Option<i64>)>> {
    let rows = "SELECT endpoint, field, problem, campaign_id FROM apishopee_ads_api_drift WHERE shop_id = $1 ORDER BY 1, 2";
    let rows = world.db.query(rows, &[&shop]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect())
}

async fn drift(world: &World, shop: i64, mut fault: Value) -> anyhow::Result<()> {
    fault["kind"] = "drift".into();
    fault["match"]["shop"] = shop.into();
    world.fault(fault).await
}

#[test]
fn a_row_that_cannot_be_read_costs_nothing_but_itself_and_is_an_alert() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(40).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        let ids = world.campaign_ids(shop).await?;
        let budget = json!({ "match": { "endpoint": SETTINGS, "ids": [ids[3]] }, "times": 1,
                             "beside": "campaign_budget", "field": "campaign_budget", "value": "a lot" });
        let hour = json!({ "match": { "endpoint": SHOP_HOURLY }, "times": 1,
                           "beside": "hour", "field": "clicks", "value": -1 });
        drift(&world, shop, budget).await?;
        drift(&world, shop, hour).await?;
        let id = world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        world.until_settled(shop, &id).await?;
        world.check_rows(shop, 40).await?;
        let text = alert(&world, shop).await?;
        let found = told(&world, shop).await?;
        let fields: Vec<_> =
            found.iter().map(|(_, field, _, campaign)| (field.as_str(), *campaign)).collect();
        ensure!(fields == [("clicks", None), ("common_info.campaign_budget", Some(ids[3]))], "{found:?}");
        ensure!(text.contains("'clicks'") && text.contains("cannot be read"), "{text}");
        let quarantined = "SELECT (receipt ->> 'quarantined')::int = 1 AND (receipt ->> 'malformed_rows')::int > 1 \
                           FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        ensure!(world.value::<bool>(quarantined, &[&shop]).await?, "the receipt does not tell");

        // All is well again.
        world.sync(shop).await?;
        world.until("the end of the alert", OVER, &[&shop]).await?;
        world.check_rows(shop, 40).await
    });
}

#[test]
fn a_field_that_nobody_knows_is_told_once_and_kept() {
    run(Front::Worker, |world| async move {
        let (first, second) = (world.shop(20).await?, world.shop(20).await?);
        for shop in [first, second] {
            let set = |endpoint, beside: &str, field: &str| json!({ "match": { "endpoint": endpoint }, "beside": beside, "field": field, "value": { "on": shop } });
            drift(&world, shop, set(SETTINGS, "ad_name", "creative")).await?;
            drift(&world, shop, set(DAILY, "impression", "reach")).await?;
            world.sync(shop).await?;
            world.until_run(shop, "completed").await?;
        }
        let reported = "SELECT count(*) = 2 FROM apishopee_ads_api_drift WHERE shop_id = $1";
        world.until("the drift of the first run", reported, &[&first]).await?;
        let found = told(&world, first).await?;
        let fields: Vec<_> =
            found.iter().map(|(_, field, problem, _)| (field.as_str(), problem.as_str())).collect();
        ensure!(fields == [("reach", "unknown"), ("common_info.creative", "unknown")], "{found:?}");
        ensure!(told(&world, second).await?.is_empty(), "told twice");
        let kept = "SELECT count(*) FROM apishopee_ads_campaign_data WHERE shop_id = $1 \
                    AND raw_data -> 'common_info' -> 'creative' ->> 'on' = $1::text";
        ensure!(world.value::<i64>(kept, &[&second]).await? == 20, "it is not kept");
        let alerts: i64 = world
            .value(
                "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'malformed_rows' AND shop_id = $1",
                &[&first],
            )
            .await?;
        ensure!(alerts == 0, "nothing is wrong");
        let (status, body) = world.get("/v1/drift").await?;
        let listed = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        ensure!(
            status == 200 && listed.iter().any(|row| row["field"] == "reach" && row["shop_id"] == first),
            "{body}"
        );
        Ok(())
    });
}

/// An older installation has rules of its own on a table.
#[test]
fn a_row_that_a_table_does_not_take_is_set_apart_and_the_others_are_written() {
    run_apart(Front::Worker, |world| async move {
        let shop = world.shop(100).await?;
        let odd = world.campaign_ids(shop).await?[41];
        let rule = format!(
            "ALTER TABLE apishopee_ads_campaign_data ADD CONSTRAINT no_such_campaign CHECK (campaign_id <> {odd})"
        );
        world.db.execute(&rule, &[]).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        ensure!(world.count("apishopee_ads_campaign_data", shop).await? == 99, "99 rows fit");
        let receipt = "SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1";
        let receipt: Value = world.value(receipt, &[&shop]).await?;
        ensure!(receipt["quarantined"] == 1 && receipt["retries"] == 0, "{receipt}");
        let text = alert(&world, shop).await?;
        ensure!(text.contains("no_such_campaign") && text.contains(&odd.to_string()), "{text}");
        let drop = "ALTER TABLE apishopee_ads_campaign_data DROP CONSTRAINT no_such_campaign";
        world.db.execute(drop, &[]).await?;
        world.sync(shop).await?;
        world.until("the end of the alert", OVER, &[&shop]).await?;
        world.check_rows(shop, 100).await
    });
}
