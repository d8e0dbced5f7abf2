//! Answers that are not as documented.

use anyhow::ensure;
use e2e::{Shop, run, run_apart};
use serde_json::{Value, json};
use tokio_postgres::Row;
use xtask::stack::Front;

/// The alert of rows that cannot be used.
const ALERT: &str = "malformed_rows";
const SETTINGS: &str = "get_product_level_campaign_setting_info";
const DAILY: &str = "get_product_campaign_daily_performance";
const SHOP_HOURLY: &str = "get_all_cpc_ads_hourly_performance";

/// A kind of drift that is known of a shop.
#[derive(Debug)]
struct Drift {
    field: String,
    problem: String,
    campaign: Option<i64>,
}

/// The kinds of drift that are known of a shop, by endpoint and field.
async fn known_drift(shop: Shop<'_>) -> anyhow::Result<Vec<Drift>> {
    let rows = "SELECT field, problem, campaign_id FROM apishopee_ads_api_drift WHERE shop_id = $1 ORDER BY endpoint, field";
    let rows = shop.world.db.query(rows, &[&shop.id]).await?;
    let read = |row: &Row| Drift { field: row.get(0), problem: row.get(1), campaign: row.get(2) };
    Ok(rows.iter().map(read).collect())
}

async fn drift(shop: Shop<'_>, mut fault: Value) -> anyhow::Result<()> {
    fault["kind"] = "drift".into();
    fault["match"]["shop"] = shop.id.into();
    shop.world.fault(fault).await
}

#[test]
fn a_row_that_cannot_be_read_costs_nothing_but_itself_and_is_an_alert() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(40).await?;
        shop.sync_to_end().await?;
        let ids = shop.campaign_ids().await?;
        let budget = json!({ "match": { "endpoint": SETTINGS, "ids": [ids[3]] }, "times": 1,
                             "beside": "campaign_budget", "field": "campaign_budget", "value": "a lot" });
        let hour = json!({ "match": { "endpoint": SHOP_HOURLY }, "times": 1,
                           "beside": "hour", "field": "clicks", "value": -1 });
        drift(shop, budget).await?;
        drift(shop, hour).await?;
        let run = shop.sync().await?;
        run.until("completed").await?;
        run.until_settled().await?;
        shop.check_rows().await?;
        let text = shop.until_alert(ALERT).await?;
        let found = known_drift(shop).await?;
        let fields: Vec<_> = found.iter().map(|drift| (drift.field.as_str(), drift.campaign)).collect();
        ensure!(fields == [("clicks", None), ("common_info.campaign_budget", Some(ids[3]))], "{found:?}");
        ensure!(text.contains("'clicks'") && text.contains("cannot be read"), "{text}");
        let receipt = shop.run(2).receipt().await?;
        ensure!(receipt["quarantined"] == 1 && receipt["malformed_rows"].as_i64() > Some(1), "{receipt}");

        // All is well again.
        shop.sync().await?;
        shop.until_no_alert(ALERT).await?;
        shop.check_rows().await
    });
}

#[test]
fn a_field_that_nobody_knows_is_told_once_and_kept() {
    run(Front::Worker, |world| async move {
        let (first, second) = (world.shop(20).await?, world.shop(20).await?);
        for shop in [first, second] {
            let set = |endpoint, beside: &str, field: &str| json!({ "match": { "endpoint": endpoint }, "beside": beside, "field": field, "value": { "on": shop.id } });
            drift(shop, set(SETTINGS, "ad_name", "creative")).await?;
            drift(shop, set(DAILY, "impression", "reach")).await?;
            shop.sync_to_end().await?;
            // The drift of the first comes after its run has ended, and must be known before the second is synced.
            let reported = "SELECT count(*) = 2 FROM apishopee_ads_api_drift WHERE shop_id = $1";
            world.until("the drift of the first run", reported, &[&first.id]).await?;
        }
        let found = known_drift(first).await?;
        let fields: Vec<_> =
            found.iter().map(|drift| (drift.field.as_str(), drift.problem.as_str())).collect();
        ensure!(fields == [("reach", "unknown"), ("common_info.creative", "unknown")], "{found:?}");
        ensure!(known_drift(second).await?.is_empty(), "told twice");
        let kept = "SELECT count(*) FROM apishopee_ads_campaign_data WHERE shop_id = $1 \
                    AND raw_data -> 'common_info' -> 'creative' ->> 'on' = $1::text";
        ensure!(world.value::<i64>(kept, &[&second.id]).await? == 20, "it is not kept");
        let alerts: i64 = world
            .value(
                "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'malformed_rows' AND shop_id = $1",
                &[&first.id],
            )
            .await?;
        ensure!(alerts == 0, "nothing is wrong");
        let listed = world.items("/v1/drift").await?;
        let is_reach = |row: &Value| row["field"] == "reach" && row["shop_id"] == first.id;
        ensure!(listed.iter().any(is_reach), "{listed:?}");
        Ok(())
    });
}

/// An older installation has rules of its own on a table.
#[test]
fn a_row_that_a_table_does_not_take_is_set_apart_and_the_others_are_written() {
    run_apart(Front::Worker, |world| async move {
        let shop = world.shop(100).await?;
        let odd = shop.campaign_ids().await?[41];
        let rule = format!(
            "ALTER TABLE apishopee_ads_campaign_data ADD CONSTRAINT no_such_campaign CHECK (campaign_id <> {odd})"
        );
        world.db.execute(&rule, &[]).await?;
        shop.sync_to_end().await?;
        ensure!(shop.count("apishopee_ads_campaign_data").await? == 99, "99 rows fit");
        let receipt = shop.run(1).receipt().await?;
        ensure!(receipt["quarantined"] == 1 && receipt["retries"] == 0, "{receipt}");
        let text = shop.until_alert(ALERT).await?;
        ensure!(text.contains("no_such_campaign") && text.contains(&odd.to_string()), "{text}");
        let drop = "ALTER TABLE apishopee_ads_campaign_data DROP CONSTRAINT no_such_campaign";
        world.db.execute(drop, &[]).await?;
        shop.sync().await?;
        shop.until_no_alert(ALERT).await?;
        shop.check_rows().await
    });
}
