//! What Shopee's limits and our rules do to budgets on their way.

use super::{
    ZONE,
    campaign::{Campaign, EDIT, campaign_at_50, campaigns, edits},
    fast,
    http::{look, put_rules},
    log, tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, run_apart_within_a_day, run_within_a_day};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const SUGGESTION: &str = "ads/get_create_product_ad_budget_suggestion";
const USED_UP: &str = "The total API call number made by your APP has reached the daily API call limit, \
                       please try again after 00: 00 (UTC+08:00)";

/// Something goes wrong with the next edit of a shop.
async fn spoil(shop: Shop<'_>, mut fault: Value) -> Result<()> {
    for endpoint in EDIT {
        fault["match"] = json!({ "endpoint": endpoint, "shop": shop.id });
        fault["times"] = json!(1);
        shop.world.fault(fault.clone()).await?;
    }
    Ok(())
}

async fn calls_of(shop: Shop<'_>, names: &[&str]) -> Result<Vec<Value>> {
    let calls = shop.calls().await?;
    let is_one = |call: &Value| call["endpoint"].as_str().is_some_and(|name| names.contains(&name));
    Ok(calls.into_iter().filter(is_one).collect())
}

async fn until_sent(shop: Shop<'_>) -> Result<()> {
    shop.world
        .eventually("an edit on its way", || async { Ok(!calls_of(shop, &EDIT).await?.is_empty()) })
        .await
}

#[test]
fn a_ceiling_that_is_put_while_an_edit_hangs_keeps_it_from_being_sent_again() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        spoil(shop, json!({ "kind": "timeout", "hold_ms": 5_000 })).await?;
        first.schedule_all_day("500").await?;
        tick(&world).await?;
        until_sent(shop).await?;
        put_rules(shop, json!({ "ceiling": 200 })).await?;
        let refused = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs WHERE shop_id = $1
                         AND status <> 'success' AND error_message LIKE 'ceiling:%')";
        world.until("the refusal in the log", refused, &[&shop.id]).await?;
        let alert = shop.until_alert("budget_failed").await?;
        ensure!(alert.contains("ceiling:") && alert.contains(&first.id.to_string()), "{alert}");
        ensure!(edits(shop).await?.is_empty() && first.budget_now().await? == 50.0);
        ensure!(calls_of(shop, &EDIT).await?.len() == 1, "it was sent against the rule");
        Ok(())
    });
}

#[test]
fn a_ceiling_that_is_put_after_an_edit_had_its_effect_leaves_the_budget() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        spoil(shop, json!({ "kind": "apply_then_timeout", "hold_ms": 5_000 })).await?;
        first.schedule_all_day("500").await?;
        tick(&world).await?;
        first.until_budget(500.0).await?;
        put_rules(shop, json!({ "ceiling": 200 })).await?;
        until_logged(shop, 1).await?;
        look(shop).await?;
        let lines = log(shop).await?;
        ensure!(lines.len() == 1 && lines[0]["status"] == "success", "{lines:?}");
        ensure!(first.budgets_set().await? == [500.0] && first.budget_now().await? == 500.0);
        ensure!(shop.alert("budget_failed").await?.is_none());
        Ok(())
    });
}

/// Asks for a run while no edit may be called: the answer says why and until when, and nothing is sent.
async fn ensure_told(first: &Campaign<'_>, code: &str, why: &str) -> Result<()> {
    let before = calls_of(first.shop, &EDIT).await?.len();
    let body = first.shop.post("budgets/run", json!({})).await?.refused(503, code)?;
    let detail = body["detail"].as_str().unwrap_or_default();
    ensure!(detail.contains(why) && detail.contains("; until 20"), "{detail}");
    ensure!(body["retry_after"].as_i64() > Some(30), "{body}");
    let alert = first.shop.alert("budget_failed").await?.context("nobody is told")?;
    let id = first.id.to_string();
    ensure!(alert.contains(&id) && alert.contains(" until ") && alert.contains(why), "{alert}");
    ensure!(calls_of(first.shop, &EDIT).await?.len() == before, "it was called nevertheless");
    Ok(())
}

#[test]
fn a_run_that_is_asked_for_while_the_app_is_throttled_is_told_why_and_until_when() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let other = campaign_at_50(&world).await?;
        world.settings("breaker_seconds = 300").await?;
        let throttled = json!({ "kind": "error", "code": "ads.rate_limit.exceed_partner_api",
            "message": "Too many requests, please reduce the request rate and try again later." });
        spoil(other.shop, throttled).await?;
        other.schedule_all_day("80").await?;
        tick(&world).await?;
        until_logged(other.shop, 1).await?;
        first.schedule_all_day("80").await?;
        ensure_told(&first, "app_throttled", "Shopee has throttled the app").await
    });
}

#[test]
fn a_run_that_is_asked_for_when_the_edits_of_the_day_are_used_up_is_told_so() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = world.shop(20).await?;
        let of_its_kind = |other: &Campaign<'_>| other.ad_type == first.ad_type;
        let other = campaigns(shop).await?.into_iter().find(of_its_kind).context("no such campaign")?;
        for endpoint in EDIT {
            let used_up = json!({ "kind": "error", "status": 429, "code": "error_limit", "message": USED_UP,
                                  "match": { "endpoint": endpoint } });
            world.fault(used_up).await?;
        }
        // More than it has, whatever that is.
        other.schedule_all_day(&(other.budget + 1.0).to_string()).await?;
        tick(&world).await?;
        until_logged(other.shop, 1).await?;
        first.schedule_all_day("80").await?;
        ensure_told(&first, "endpoint_quota", "used up").await
    });
}

#[test]
fn what_the_smallest_budget_is_waits_when_it_may_not_be_asked_and_all_else_goes_on() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let used_up = json!({ "kind": "error", "status": 429, "code": "error_limit", "message": USED_UP });
        // Once its calls of the day are used up, no shop asks.
        for (refusal, asks) in
            [(json!({ "kind": "status", "status": 429 }), 1), (used_up.clone(), 1), (used_up, 0)]
        {
            let first = campaign_at_50(&world).await?;
            let shop = first.shop;
            let mut fault = refusal.clone();
            fault["match"] = json!({ "endpoint": SUGGESTION, "shop": shop.id });
            fault["times"] = json!(1);
            world.fault(fault).await?;
            first.schedule_all_day("80").await?;
            tick(&world).await?;
            first.until_budget(80.0).await?;
            until_logged(shop, 1).await?;
            let other = world.shop(20).await?;
            other.sync_to_end().await?;
            look(shop).await?;
            let asked = calls_of(shop, &[SUGGESTION]).await?;
            ensure!(asked.len() == asks, "{refusal}: {asked:?}");
            ensure!(first.budgets_set().await? == [80.0], "{refusal}");
            let lines = log(shop).await?;
            ensure!(lines.len() == 1 && lines[0]["status"] == "success", "{refusal}: {lines:?}");
            let closed =
                "SELECT count(*) FROM apishopee_ads_alerts WHERE kind IN ('app_throttled', 'daily_quota')";
            ensure!(world.value::<i64>(closed, &[]).await? == 0, "{refusal}: the app was closed");
        }
        let told =
            "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'endpoint_quota' AND resolved_at IS NULL";
        ensure!(world.value::<i64>(told, &[]).await? == 1, "nobody was told");
        Ok(())
    });
}

/// The edits of a campaign are refused until a moment, and each refusal uses up its reference id.
async fn refuse_until(campaign: &Campaign<'_>, until_ms: i64) -> Result<()> {
    let refusal = json!({ "campaign_id": campaign.id, "code": "error_rate_limit", "until_ms": until_ms,
                          "message": "Your requests are too frequent.", "uses_up_reference_id": true });
    let path = format!("/_mock/shops/{}/refusals", campaign.shop);
    seed::control(campaign.shop.world.stack, Method::POST, &path, &refusal).await.map(drop)
}

/// What Shopee has refused of the changes of a shop, with null for those that it took.
async fn refusals(shop: Shop<'_>) -> Result<Vec<Value>> {
    let path = format!("/_mock/shops/{shop}/history");
    let history = seed::control(shop.world.stack, Method::GET, &path, &Value::Null).await?;
    let history = history.as_array().context("no history")?.iter();
    Ok(history.map(|one| one["refused"].clone()).collect())
}

#[test]
fn an_edit_that_was_refused_by_the_rate_and_then_as_a_duplicate_is_sent_under_the_next_id() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        let tomorrow: i64 = world.value("SELECT ads_unix_ms(now() + interval '1 day')", &[]).await?;
        refuse_until(&first, tomorrow).await?;
        first.schedule_all_day("80").await?;
        tick(&world).await?;
        world.eventually("the refusal", || async { Ok(refusals(shop).await?.len() > 1) }).await?;
        refuse_until(&first, 0).await?;
        first.until_budget(80.0).await?;
        until_logged(shop, 1).await?;
        let refused = refusals(shop).await?;
        // The first is the seller's 50.
        ensure!(
            refused == [json!(null), json!("error_rate_limit"), json!("error_param"), json!(null)],
            "{refused:?}"
        );
        let edits = edits(shop).await?;
        ensure!(edits.len() == 1 && edits[0].reference_id.ends_with("-a1"), "{edits:?}");
        let lines = log(shop).await?;
        ensure!(lines.len() == 1 && lines[0]["status"] == "success", "{lines:?}");
        Ok(())
    });
}
