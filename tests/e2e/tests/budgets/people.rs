//! What people change while a budget is set: at Shopee, in schedules and in rules.

use super::{
    Campaign, all_day, budget_of, campaigns, edits, ensure_once, fast, hands::put_rules, log, open_alert,
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run, run_apart};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

pub const EDIT: [&str; 2] = ["ads/edit_manual_product_ads", "ads/edit_auto_product_ads"];

/// A shop, and its first campaign, which has 50.
pub async fn campaign_at_50(world: &World) -> Result<Campaign> {
    fast(world).await?;
    let shop = world.shop(20).await?;
    let first = campaigns(world, shop).await?.into_iter().next().context("no campaign")?;
    set(world, &first, 50.0).await?;
    Ok(Campaign { budget: 50.0, ..first })
}

/// The seller sets a budget at Shopee.
pub async fn set(world: &World, campaign: &Campaign, budget: f64) -> Result<()> {
    let edit = json!({ "change": [{ "campaign_id": campaign.id, "budget": budget }] });
    let path = format!("/_mock/shops/{}/campaigns", campaign.shop);
    seed::control(world.stack, Method::POST, &path, &edit).await.map(drop)
}

pub async fn change(world: &World, schedule: &str, what: &str) -> Result<()> {
    let update = format!("UPDATE apishopee_scheduled_ads_budget SET {what} WHERE id::text = $1");
    ensure!(world.db.execute(&update, &[&schedule]).await? == 1, "no schedule {schedule}");
    Ok(())
}

/// One edit of a shop is answered with a code.
async fn refuse(world: &World, shop: i64, code: &str, message: &str, times: u32) -> Result<()> {
    for endpoint in EDIT {
        let fault = json!({ "kind": "error", "code": code, "message": message, "times": times,
                            "match": { "endpoint": endpoint, "shop": shop } });
        world.fault(fault).await?;
    }
    Ok(())
}

pub async fn until_budget(world: &World, campaign: &Campaign, budget: f64) -> Result<()> {
    let what = format!("campaign {} to have {budget}", campaign.id);
    world.eventually(&what, || async { Ok(budget_of(world, campaign).await? == budget) }).await
}

fn of<'l>(lines: &'l [Value], action: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["action"] == action).collect()
}

/// Waits until the shop's alert of budgets is open, or is not.
pub async fn until_alert(world: &World, shop: i64, is_open: bool) -> Result<()> {
    let what = if is_open { "the alert" } else { "no alert" };
    world
        .eventually(what, || async {
            Ok(open_alert(world, "budget_failed", shop).await?.is_some() == is_open)
        })
        .await
}

#[test]
fn a_debt_is_brought_back_over_a_hand_where_a_rule_says_so() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        put_rules(&world, first.shop, json!({ "restore_over_hands": true })).await?;
        let slot = all_day(&world, &first, "500", true).await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 1).await?;
        set(&world, &first, 20.0).await?;
        change(&world, &slot, "is_active = false").await?;
        until_budget(&world, &first, 50.0).await?;
        until_logged(&world, first.shop, 2).await?;
        let lines = log(&world, first.shop).await?;
        ensure!(of(&lines, "restore")[0]["status"] == "success", "{lines:?}");
        Ok(())
    });
}

#[test]
fn a_budget_that_the_seller_sets_stays_when_the_slot_ends() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = all_day(&world, &first, "500", true).await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 1).await?;
        set(&world, &first, 20.0).await?;
        change(&world, &slot, "is_active = false").await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 2).await?;
        let lines = log(&world, first.shop).await?;
        let why = of(&lines, "restore")[0]["error_message"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("hand: ") && budget_of(&world, &first).await? == 20.0, "{lines:?}");
        ensure!(edits(&world, first.shop).await?.len() == 1);
        Ok(())
    });
}

#[test]
fn a_changed_schedule_is_applied_at_the_next_look_and_back_again() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = all_day(&world, &first, "100", true).await?;
        for (lines, (budget, what)) in (1..).zip([
            (100.0, "budget = 100"),
            (200.0, "budget = 200"),
            (100.0, "budget = 100"),
            (50.0, "is_active = false"),
            (100.0, "is_active = true"),
        ]) {
            change(&world, &slot, what).await?;
            tick(&world).await?;
            until_logged(&world, first.shop, lines).await?;
            ensure!(
                budget_of(&world, &first).await? == budget,
                "{what}: {:?}",
                log(&world, first.shop).await?
            );
        }
        let edits = edits(&world, first.shop).await?;
        ensure!(edits.len() == 5, "{edits:?}");
        ensure_once(&edits)
    });
}

#[test]
fn what_is_refused_for_good_is_asked_again_with_another_amount() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        refuse(&world, first.shop, "ads.campaign.error_daily_budget_range", "The budget set is invalid.", 1)
            .await?;
        let slot = all_day(&world, &first, "30", false).await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 1).await?;
        until_alert(&world, first.shop, true).await?;
        change(&world, &slot, "budget = 60").await?;
        tick(&world).await?;
        until_budget(&world, &first, 60.0).await?;
        until_alert(&world, first.shop, false).await
    });
}

#[test]
fn a_debt_that_is_refused_for_now_stays_owed_and_a_later_floor_does_not_lock_it_in() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = all_day(&world, &first, "500", true).await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 1).await?;
        change(&world, &slot, "is_active = false").await?;
        let floor = "INSERT INTO apishopee_ads_budget_rules (shop_id, floor) VALUES ($1, 60)";
        world.db.execute(floor, &[&first.shop]).await?;
        refuse(&world, first.shop, "ads.item.sold_out", "Item is sold out.", 1).await?;
        tick(&world).await?;
        until_logged(&world, first.shop, 2).await?;
        ensure!(budget_of(&world, &first).await? == 500.0);
        until_alert(&world, first.shop, true).await?;
        // Its pause is over: what is stored says when.
        let over = "UPDATE apishopee_ads_budget_state SET known = known - 'later' WHERE shop_id = $1";
        world.db.execute(over, &[&first.shop]).await?;
        tick(&world).await?;
        until_budget(&world, &first, 50.0).await?;
        until_alert(&world, first.shop, false).await
    });
}

/// The first campaigns of a shop have 10, the others next to nothing, and a sync has seen it.
async fn synced_with_ten(world: &World, all: &[Campaign], first: usize) -> Result<()> {
    let shop = all.first().context("no campaign")?.shop;
    let change = |(place, campaign): (usize, &Campaign)| {
        let budget = if place < first { 10.0 } else { 0.01 };
        json!({ "campaign_id": campaign.id, "budget": budget, "status": "ongoing" })
    };
    let change: Vec<Value> = all.iter().enumerate().map(change).collect();
    let path = format!("/_mock/shops/{shop}/campaigns");
    seed::control(world.stack, Method::POST, &path, &json!({ "change": change })).await?;
    let job = world.insert_job(shop, "realtime", json!({})).await?;
    world.stack.worker.tick("*/5 * * * *").await?;
    let synced = "SELECT status = 'completed' FROM apishopee_ads_sync_queue WHERE id::text = $1";
    world.until("the sync", synced, &[&job]).await
}

#[test]
fn a_budget_that_was_raised_since_the_last_sync_counts_in_the_sum_before_its_own_turn() {
    // A tick of another test between the two schedules would write the first alone.
    run_apart(Front::Worker, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(&world, shop).await?;
        let [first, second, ..] = &all[..] else { anyhow::bail!("too few campaigns") };
        synced_with_ten(&world, &all, 2).await?;
        set(&world, second, 100.0).await?;
        let rule = "INSERT INTO apishopee_ads_budget_rules (shop_id, shop_daily_total) VALUES ($1, 130)";
        world.db.execute(rule, &[&shop]).await?;
        all_day(&world, first, "90", false).await?;
        all_day(&world, second, "20", false).await?;
        tick(&world).await?;
        until_budget(&world, first, 90.0).await?;
        let order: Vec<i64> = edits(&world, shop).await?.iter().map(|edit| edit.0).collect();
        ensure!(order == [second.id, first.id], "the first campaign did not wait for its room: {order:?}");
        Ok(())
    });
}

#[test]
fn the_sum_of_a_shop_holds_over_waves_and_ticks() {
    run(Front::Worker, |world| async move {
        fast(&world).await?;
        let shop = world.shop(120).await?;
        let all: Vec<Campaign> = campaigns(&world, shop).await?;
        ensure!(all.len() >= 30, "too few campaigns take edits: {}", all.len());
        let thirty = &all[..30];
        synced_with_ten(&world, &all, 30).await?;
        // What the other campaigns of the shop may spend is left out of the room for these.
        let rest: String = world
            .value(
                "SELECT (500 + 0.01 * ($2::bigint - 30))::text FROM apishopee_shops WHERE shop_id = $1",
                &[&shop, &(all.len() as i64)],
            )
            .await?;
        let rule = "INSERT INTO apishopee_ads_budget_rules (shop_id, shop_daily_total) VALUES ($1, $2::text::numeric)";
        world.db.execute(rule, &[&shop, &rest]).await?;
        for campaign in thirty {
            all_day(&world, campaign, "20", false).await?;
        }
        for _ in 0..3 {
            let now: i64 = world.value("SELECT ads_unix_ms(now())", &[]).await?;
            tick(&world).await?;
            let looked = "SELECT holder IS NULL AND ads_unix_ms(looked_at) >= $2 FROM apishopee_ads_budget_leases \
                          WHERE shop_id = $1";
            world.until("the tick's look", looked, &[&shop, &now]).await?;
            until_logged(&world, shop, 30).await?;
        }
        let edits = edits(&world, shop).await?;
        ensure!(edits.len() == 20, "{} edits", edits.len());
        ensure_once(&edits)
    });
}

#[test]
fn an_edit_that_hangs_is_replaced_by_what_is_wanted_since() {
    run_apart(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        for endpoint in EDIT {
            let fault = json!({ "kind": "timeout", "hold_ms": 4_000, "times": 1,
                                "match": { "endpoint": endpoint, "shop": first.shop } });
            world.fault(fault).await?;
        }
        let slot = all_day(&world, &first, "500", false).await?;
        tick(&world).await?;
        let sent =
            "SELECT EXISTS (SELECT FROM apishopee_ads_budget_state WHERE shop_id = $1 AND write IS NOT NULL)";
        world.until("an edit under way", sent, &[&first.shop]).await?;
        change(&world, &slot, "budget = 60").await?;
        // The holder is taken for dead, and the next one goes on.
        let dead =
            "UPDATE apishopee_ads_budget_leases SET holder = NULL, fence = fence + 1 WHERE shop_id = $1";
        world.db.execute(dead, &[&first.shop]).await?;
        tick(&world).await?;
        until_budget(&world, &first, 60.0).await?;
        let edits = edits(&world, first.shop).await?;
        ensure!(edits.len() == 1 && edits[0].2 == 60.0, "{edits:?}");
        Ok(())
    });
}

#[test]
fn a_used_up_reference_id_is_followed_by_that_of_the_next_attempt() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let duplicate = "Wrong parameters, detail: duplicate reference_id.";
        refuse(&world, first.shop, "error_param", duplicate, 1).await?;
        all_day(&world, &first, "80", false).await?;
        tick(&world).await?;
        until_budget(&world, &first, 80.0).await?;
        until_logged(&world, first.shop, 1).await?;
        let edits = edits(&world, first.shop).await?;
        ensure!(edits.len() == 1 && edits[0].1.ends_with("-a1"), "{edits:?}");
        Ok(())
    });
}

#[test]
fn a_campaigns_own_limit_leaves_the_other_campaigns_and_shops_alone() {
    run_apart(Front::Worker, |world| async move {
        fast(&world).await?;
        let throttled = "Too many requests at the moment, please try again later.";
        let mut all = Vec::new();
        for place in 0..4 {
            let shop = world.shop(20).await?;
            let first = campaigns(&world, shop).await?.into_iter().next().context("no campaign")?;
            if place < 3 {
                refuse(&world, shop, "ads.rate_limit.campaign_level", throttled, 1).await?;
            }
            all_day(&world, &first, "85", false).await?;
            all.push(first);
        }
        tick(&world).await?;
        for (place, campaign) in all.iter().enumerate() {
            until_logged(&world, campaign.shop, 1).await?;
            let is_there = budget_of(&world, campaign).await? == 85.0;
            ensure!(is_there == (place == 3), "campaign {place}: {:?}", log(&world, campaign.shop).await?);
        }
        let closed = "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'app_throttled'";
        ensure!(world.value::<i64>(closed, &[]).await? == 0, "the app was closed");
        // Each is tried again when its pause is over: what is stored says when.
        world.db.execute("UPDATE apishopee_ads_budget_state SET known = known - 'later'", &[]).await?;
        tick(&world).await?;
        for campaign in &all {
            until_budget(&world, campaign, 85.0).await?;
        }
        Ok(())
    });
}

#[test]
fn a_shop_whose_region_is_not_known_gets_no_budget_and_an_alert() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        world
            .db
            .execute("UPDATE apishopee_shops SET region = NULL WHERE shop_id = $1", &[&first.shop])
            .await?;
        all_day(&world, &first, "80", false).await?;
        tick(&world).await?;
        let alert = || async {
            Ok(open_alert(&world, "budget_failed", first.shop)
                .await?
                .is_some_and(|text| text.contains("region")))
        };
        world.eventually("the alert", alert).await?;
        ensure!(edits(&world, first.shop).await?.is_empty() && log(&world, first.shop).await?.is_empty());
        world
            .db
            .execute("UPDATE apishopee_shops SET region = 'BR' WHERE shop_id = $1", &[&first.shop])
            .await?;
        tick(&world).await?;
        until_budget(&world, &first, 80.0).await
    });
}

#[test]
fn each_run_that_was_asked_for_has_its_line_and_one_that_restores_its_end() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = all_day(&world, &first, "64", false).await?;
        change(&world, &slot, "specific_dates = '{2020-01-01}'").await?;
        let path = format!("/v1/shops/{}/budgets/run", first.shop);
        for runs in 1..=3 {
            let (status, body) = world.post(&path, json!({ "schedule_id": slot })).await?;
            ensure!(status == 200 && budget_of(&world, &first).await? == 64.0, "{status} {body}");
            ensure!(of(&log(&world, first.shop).await?, "now").len() == runs, "run {runs}");
            set(&world, &first, 50.0).await?;
        }
        ensure!(edits(&world, first.shop).await?.len() == 3);
        change(&world, &slot, "restore = true").await?;
        let (status, body) = world.post(&path, json!({ "schedule_id": slot })).await?;
        ensure!(status == 200 && budget_of(&world, &first).await? == 64.0, "{status} {body}");
        // The span is over: what is stored says when.
        let over = "UPDATE apishopee_ads_budget_state SET known = jsonb_set(known, '{applied,until_ms}', '0') \
                    WHERE shop_id = $1 AND (known #>> '{applied,until_ms}')::bigint > ads_unix_ms(now())";
        ensure!(world.db.execute(over, &[&first.shop]).await? == 1, "no span is stored");
        tick(&world).await?;
        until_budget(&world, &first, 50.0).await
    });
}
