//! What Shopee's limits and our rules do to budgets on their way.

use super::{
    Campaign, ZONE, all_day, budget_of, campaigns, edits, fast,
    hands::{look, put_rules, set_at},
    log, open_alert,
    people::{EDIT, campaign_at_50, until_alert, until_budget},
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart_within_a_day, run_within_a_day};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const SUGGESTION: &str = "ads/get_create_product_ad_budget_suggestion";
const USED_UP: &str = "The total API call number made by your APP has reached the daily API call limit, \
                       please try again after 00: 00 (UTC+08:00)";

/// Something goes wrong with the next edit of a shop.
async fn spoil(world: &World, shop: i64, mut fault: Value) -> Result<()> {
    for endpoint in EDIT {
        fault["match"] = json!({ "endpoint": endpoint, "shop": shop });
        fault["times"] = json!(1);
        world.fault(fault.clone()).await?;
    }
    Ok(())
}

async fn calls_of(world: &World, shop: i64, names: &[&str]) -> Result<Vec<Value>> {
    let calls = world.calls(shop).await?;
    let is_one = |call: &Value| call["endpoint"].as_str().is_some_and(|name| names.contains(&name));
    Ok(calls.into_iter().filter(is_one).collect())
}

async fn until_sent(world: &World, shop: i64) -> Result<()> {
    world
        .eventually("an edit on its way", || async { Ok(!calls_of(world, shop, &EDIT).await?.is_empty()) })
        .await
}

#[test]
fn a_ceiling_that_is_put_while_an_edit_hangs_keeps_it_from_being_sent_again() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        spoil(&world, shop, json!({ "kind": "timeout", "hold_ms": 5_000 })).await?;
        all_day(&world, &first, "500", false).await?;
        tick(&world).await?;
        until_sent(&world, shop).await?;
        put_rules(&world, shop, json!({ "ceiling": 200 })).await?;
        let refused = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs WHERE shop_id = $1
                         AND status <> 'success' AND error_message LIKE 'ceiling:%')";
        world.until("the refusal in the log", refused, &[&shop]).await?;
        until_alert(&world, shop, true).await?;
        let alert = open_alert(&world, "budget_failed", shop).await?.context("no alert")?;
        ensure!(alert.contains("ceiling:") && alert.contains(&first.id.to_string()), "{alert}");
        ensure!(edits(&world, shop).await?.is_empty() && budget_of(&world, &first).await? == 50.0);
        ensure!(calls_of(&world, shop, &EDIT).await?.len() == 1, "it was sent against the rule");
        Ok(())
    });
}

#[test]
fn a_ceiling_that_is_put_after_an_edit_had_its_effect_leaves_the_budget() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        spoil(&world, shop, json!({ "kind": "apply_then_timeout", "hold_ms": 5_000 })).await?;
        all_day(&world, &first, "500", false).await?;
        tick(&world).await?;
        until_budget(&world, &first, 500.0).await?;
        put_rules(&world, shop, json!({ "ceiling": 200 })).await?;
        until_logged(&world, shop, 1).await?;
        look(&world, shop).await?;
        let lines = log(&world, shop).await?;
        ensure!(lines.len() == 1 && lines[0]["status"] == "success", "{lines:?}");
        ensure!(set_at(&world, &first).await? == [500.0] && budget_of(&world, &first).await? == 500.0);
        ensure!(open_alert(&world, "budget_failed", shop).await?.is_none());
        Ok(())
    });
}

/// Asks for a run while no edit may be called: the answer says why and until when, and nothing is sent.
async fn ensure_told(world: &World, first: &Campaign, code: &str, why: &str) -> Result<()> {
    let before = calls_of(world, first.shop, &EDIT).await?.len();
    let (status, body) = world.post(&format!("/v1/shops/{}/budgets/run", first.shop), json!({})).await?;
    let detail = body["detail"].as_str().unwrap_or_default();
    ensure!(status == 503 && body["code"] == code, "{status} {body}");
    ensure!(detail.contains(why) && detail.contains("; until 20"), "{detail}");
    ensure!(body["retry_after"].as_i64() > Some(30), "{body}");
    let alert = open_alert(world, "budget_failed", first.shop).await?.context("nobody is told")?;
    let id = first.id.to_string();
    ensure!(alert.contains(&id) && alert.contains(" until ") && alert.contains(why), "{alert}");
    ensure!(calls_of(world, first.shop, &EDIT).await?.len() == before, "it was called nevertheless");
    Ok(())
}

#[test]
fn a_run_that_is_asked_for_while_the_app_is_throttled_is_told_why_and_until_when() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let other = campaign_at_50(&world).await?;
        world.settings(0, "breaker_seconds = 300").await?;
        let throttled = json!({ "kind": "error", "code": "ads.rate_limit.exceed_partner_api",
            "message": "Too many requests, please reduce the request rate and try again later." });
        spoil(&world, other.shop, throttled).await?;
        all_day(&world, &other, "80", false).await?;
        tick(&world).await?;
        until_logged(&world, other.shop, 1).await?;
        all_day(&world, &first, "80", false).await?;
        ensure_told(&world, &first, "app_throttled", "Shopee has throttled the app").await
    });
}

#[test]
fn a_run_that_is_asked_for_when_the_edits_of_the_day_are_used_up_is_told_so() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = world.shop(20).await?;
        let of_its_kind = |other: &Campaign| other.ad_type == first.ad_type;
        let other =
            campaigns(&world, shop).await?.into_iter().find(of_its_kind).context("no such campaign")?;
        for endpoint in EDIT {
            let used_up = json!({ "kind": "error", "status": 429, "code": "error_limit", "message": USED_UP,
                                  "match": { "endpoint": endpoint } });
            world.fault(used_up).await?;
        }
        // More than it has, whatever that is.
        all_day(&world, &other, &(other.budget + 1.0).to_string(), false).await?;
        tick(&world).await?;
        until_logged(&world, other.shop, 1).await?;
        all_day(&world, &first, "80", false).await?;
        ensure_told(&world, &first, "endpoint_quota", "used up").await
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
            fault["match"] = json!({ "endpoint": SUGGESTION, "shop": shop });
            fault["times"] = json!(1);
            world.fault(fault).await?;
            all_day(&world, &first, "80", false).await?;
            tick(&world).await?;
            until_budget(&world, &first, 80.0).await?;
            until_logged(&world, shop, 1).await?;
            let other = world.shop(20).await?;
            world.sync(other).await?;
            world.until_run(other, "completed").await?;
            look(&world, shop).await?;
            let asked = calls_of(&world, shop, &[SUGGESTION]).await?;
            ensure!(asked.len() == asks, "{refusal}: {asked:?}");
            ensure!(set_at(&world, &first).await? == [80.0], "{refusal}");
            let lines = log(&world, shop).await?;
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
async fn refuse_until(world: &World, campaign: &Campaign, until_ms: i64) -> Result<()> {
    let refusal = json!({ "campaign_id": campaign.id, "code": "error_rate_limit", "until_ms": until_ms,
                          "message": "Your requests are too frequent.", "uses_up_reference_id": true });
    let path = format!("/_mock/shops/{}/refusals", campaign.shop);
    seed::control(world.stack, Method::POST, &path, &refusal).await.map(drop)
}

/// What Shopee has refused of the changes of a shop, with null for those that it took.
async fn refusals(world: &World, shop: i64) -> Result<Vec<Value>> {
    let path = format!("/_mock/shops/{shop}/history");
    let history = seed::control(world.stack, Method::GET, &path, &Value::Null).await?;
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
        refuse_until(&world, &first, tomorrow).await?;
        all_day(&world, &first, "80", false).await?;
        tick(&world).await?;
        world.eventually("the refusal", || async { Ok(refusals(&world, shop).await?.len() > 1) }).await?;
        refuse_until(&world, &first, 0).await?;
        until_budget(&world, &first, 80.0).await?;
        until_logged(&world, shop, 1).await?;
        let refused = refusals(&world, shop).await?;
        // The first is the seller's 50.
        ensure!(
            refused == [json!(null), json!("error_rate_limit"), json!("error_param"), json!(null)],
            "{refused:?}"
        );
        let edits = edits(&world, shop).await?;
        ensure!(edits.len() == 1 && edits[0].1.ends_with("-a1"), "{edits:?}");
        let lines = log(&world, shop).await?;
        ensure!(lines.len() == 1 && lines[0]["status"] == "success", "{lines:?}");
        Ok(())
    });
}
