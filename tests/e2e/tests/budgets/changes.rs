//! What people change while a budget is set: at Shopee, in schedules and in rules.

use super::{
    campaign::{Campaign, EDIT, campaign_at_50, campaigns, edits, ensure_once},
    fast,
    http::{look, put_rules},
    insert_rule, log, tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, World, run, run_apart};
use serde_json::{Value, json};
use xtask::stack::Front;

pub async fn change(world: &World, schedule: &str, what: &str) -> Result<()> {
    let update = format!("UPDATE apishopee_scheduled_ads_budget SET {what} WHERE id::text = $1");
    ensure!(world.db.execute(&update, &[&schedule]).await? == 1, "no schedule {schedule}");
    Ok(())
}

/// One edit of a shop is answered with a code.
async fn refuse(shop: Shop<'_>, code: &str, message: &str, times: u32) -> Result<()> {
    for endpoint in EDIT {
        let fault = json!({ "kind": "error", "code": code, "message": message, "times": times,
                            "match": { "endpoint": endpoint, "shop": shop.id } });
        shop.world.fault(fault).await?;
    }
    Ok(())
}

fn of<'l>(lines: &'l [Value], action: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["action"] == action).collect()
}

#[test]
fn a_debt_is_brought_back_over_a_hand_where_a_rule_says_so() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        put_rules(first.shop, json!({ "restore_over_hands": true })).await?;
        let slot = first.schedule_and_restore("500").await?;
        tick(&world).await?;
        until_logged(first.shop, 1).await?;
        first.set_at_shopee(20.0).await?;
        change(&world, &slot, "is_active = false").await?;
        first.until_budget(50.0).await?;
        until_logged(first.shop, 2).await?;
        let lines = log(first.shop).await?;
        ensure!(of(&lines, "restore")[0]["status"] == "success", "{lines:?}");
        Ok(())
    });
}

#[test]
fn a_budget_that_the_seller_sets_stays_when_the_slot_ends() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = first.schedule_and_restore("500").await?;
        tick(&world).await?;
        until_logged(first.shop, 1).await?;
        first.set_at_shopee(20.0).await?;
        change(&world, &slot, "is_active = false").await?;
        tick(&world).await?;
        until_logged(first.shop, 2).await?;
        let lines = log(first.shop).await?;
        let why = of(&lines, "restore")[0]["error_message"].as_str().unwrap_or_default().to_owned();
        ensure!(why.starts_with("hand: ") && first.budget_now().await? == 20.0, "{lines:?}");
        ensure!(edits(first.shop).await?.len() == 1);
        Ok(())
    });
}

#[test]
fn a_changed_schedule_is_applied_at_the_next_look_and_back_again() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = first.schedule_and_restore("100").await?;
        for (lines, (budget, what)) in (1..).zip([
            (100.0, "budget = 100"),
            (200.0, "budget = 200"),
            (100.0, "budget = 100"),
            (50.0, "is_active = false"),
            (100.0, "is_active = true"),
        ]) {
            change(&world, &slot, what).await?;
            tick(&world).await?;
            until_logged(first.shop, lines).await?;
            ensure!(first.budget_now().await? == budget, "{what}: {:?}", log(first.shop).await?);
        }
        let edits = edits(first.shop).await?;
        ensure!(edits.len() == 5, "{edits:?}");
        ensure_once(&edits)
    });
}

#[test]
fn what_is_refused_for_good_is_asked_again_with_another_amount() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        refuse(first.shop, "ads.campaign.error_daily_budget_range", "The budget set is invalid.", 1).await?;
        let slot = first.schedule_all_day("30").await?;
        tick(&world).await?;
        until_logged(first.shop, 1).await?;
        first.shop.until_alert("budget_failed").await?;
        change(&world, &slot, "budget = 60").await?;
        tick(&world).await?;
        first.until_budget(60.0).await?;
        first.shop.until_no_alert("budget_failed").await
    });
}

#[test]
fn a_debt_that_is_refused_for_now_stays_owed_and_a_later_floor_does_not_lock_it_in() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = first.schedule_and_restore("500").await?;
        tick(&world).await?;
        until_logged(first.shop, 1).await?;
        change(&world, &slot, "is_active = false").await?;
        insert_rule(first.shop, "floor", "60").await?;
        refuse(first.shop, "ads.item.sold_out", "Item is sold out.", 1).await?;
        tick(&world).await?;
        until_logged(first.shop, 2).await?;
        ensure!(first.budget_now().await? == 500.0);
        first.shop.until_alert("budget_failed").await?;
        // Its pause is over: what is stored says when.
        first.shop.update("apishopee_ads_budget_state", "known = known - 'later'").await?;
        tick(&world).await?;
        first.until_budget(50.0).await?;
        first.shop.until_no_alert("budget_failed").await
    });
}

/// The first campaigns of a shop have 10, the others next to nothing, and a sync has seen it.
async fn synced_with_ten(all: &[Campaign<'_>], first: usize) -> Result<()> {
    let shop = all.first().context("no campaign")?.shop;
    let change = |(place, campaign): (usize, &Campaign<'_>)| {
        let budget = if place < first { 10.0 } else { 0.01 };
        json!({ "campaign_id": campaign.id, "budget": budget, "status": "ongoing" })
    };
    let change: Vec<Value> = all.iter().enumerate().map(change).collect();
    shop.change_campaigns(json!({ "change": change })).await?;
    let job = shop.insert_job("realtime", json!({})).await?;
    shop.world.tick("*/5 * * * *").await?;
    job.until("completed").await.map(drop)
}

#[test]
fn a_budget_that_was_raised_since_the_last_sync_counts_in_the_sum_before_its_own_turn() {
    // A tick of another test between the two schedules would write the first alone.
    run_apart(Front::Worker, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let [first, second, ..] = &all[..] else { anyhow::bail!("too few campaigns") };
        synced_with_ten(&all, 2).await?;
        second.set_at_shopee(100.0).await?;
        insert_rule(shop, "shop_daily_total", "130").await?;
        first.schedule_all_day("90").await?;
        second.schedule_all_day("20").await?;
        tick(&world).await?;
        first.until_budget(90.0).await?;
        let order: Vec<i64> = edits(shop).await?.iter().map(|edit| edit.campaign).collect();
        ensure!(order == [second.id, first.id], "the first campaign did not wait for its room: {order:?}");
        Ok(())
    });
}

#[test]
fn the_sum_of_a_shop_holds_over_waves_and_ticks() {
    run(Front::Worker, |world| async move {
        fast(&world).await?;
        let shop = world.shop(120).await?;
        let all: Vec<Campaign<'_>> = campaigns(shop).await?;
        ensure!(all.len() >= 30, "too few campaigns take edits: {}", all.len());
        let thirty = &all[..30];
        synced_with_ten(&all, 30).await?;
        // What the other campaigns of the shop may spend is left out of the room for these.
        let rest: String = world
            .value(
                "SELECT (500 + 0.01 * ($2::bigint - 30))::text FROM apishopee_shops WHERE shop_id = $1",
                &[&shop.id, &(all.len() as i64)],
            )
            .await?;
        insert_rule(shop, "shop_daily_total", &rest).await?;
        for campaign in thirty {
            campaign.schedule_all_day("20").await?;
        }
        for _ in 0..3 {
            look(shop).await?;
            until_logged(shop, 30).await?;
        }
        let edits = edits(shop).await?;
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
                                "match": { "endpoint": endpoint, "shop": first.shop.id } });
            world.fault(fault).await?;
        }
        let slot = first.schedule_all_day("500").await?;
        tick(&world).await?;
        let sent =
            "SELECT EXISTS (SELECT FROM apishopee_ads_budget_state WHERE shop_id = $1 AND write IS NOT NULL)";
        world.until("an edit under way", sent, &[&first.shop.id]).await?;
        change(&world, &slot, "budget = 60").await?;
        // The holder is taken for dead, and the next one goes on.
        first.shop.update("apishopee_ads_budget_leases", "holder = NULL, fence = fence + 1").await?;
        tick(&world).await?;
        first.until_budget(60.0).await?;
        let edits = edits(first.shop).await?;
        ensure!(edits.len() == 1 && edits[0].budget == 60.0, "{edits:?}");
        Ok(())
    });
}

#[test]
fn a_used_up_reference_id_is_followed_by_that_of_the_next_attempt() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let duplicate = "Wrong parameters, detail: duplicate reference_id.";
        refuse(first.shop, "error_param", duplicate, 1).await?;
        first.schedule_all_day("80").await?;
        tick(&world).await?;
        first.until_budget(80.0).await?;
        until_logged(first.shop, 1).await?;
        let edits = edits(first.shop).await?;
        ensure!(edits.len() == 1 && edits[0].reference_id.ends_with("-a1"), "{edits:?}");
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
            let first = campaigns(shop).await?.into_iter().next().context("no campaign")?;
            if place < 3 {
                refuse(shop, "ads.rate_limit.campaign_level", throttled, 1).await?;
            }
            first.schedule_all_day("85").await?;
            all.push(first);
        }
        tick(&world).await?;
        for (place, campaign) in all.iter().enumerate() {
            until_logged(campaign.shop, 1).await?;
            let is_there = campaign.budget_now().await? == 85.0;
            ensure!(is_there == (place == 3), "campaign {place}: {:?}", log(campaign.shop).await?);
        }
        let closed = "SELECT count(*) FROM apishopee_ads_alerts WHERE kind = 'app_throttled'";
        ensure!(world.value::<i64>(closed, &[]).await? == 0, "the app was closed");
        // Each is tried again when its pause is over: what is stored says when.
        world.db.execute("UPDATE apishopee_ads_budget_state SET known = known - 'later'", &[]).await?;
        tick(&world).await?;
        for campaign in &all {
            campaign.until_budget(85.0).await?;
        }
        Ok(())
    });
}

#[test]
fn a_shop_whose_region_is_not_known_gets_no_budget_and_an_alert() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        first.shop.update("apishopee_shops", "region = NULL").await?;
        first.schedule_all_day("80").await?;
        tick(&world).await?;
        let alert = || async {
            Ok(first.shop.alert("budget_failed").await?.is_some_and(|text| text.contains("region")))
        };
        world.eventually("the alert", alert).await?;
        ensure!(edits(first.shop).await?.is_empty() && log(first.shop).await?.is_empty());
        first.shop.update("apishopee_shops", "region = 'BR'").await?;
        tick(&world).await?;
        first.until_budget(80.0).await
    });
}

#[test]
fn each_run_that_was_asked_for_has_its_line_and_one_that_restores_its_end() {
    run(Front::Worker, |world| async move {
        let first = campaign_at_50(&world).await?;
        let slot = first.schedule_all_day("64").await?;
        change(&world, &slot, "specific_dates = '{2020-01-01}'").await?;
        let path = format!("/v1/shops/{}/budgets/run", first.shop);
        for runs in 1..=3 {
            let body = world.post(&path, json!({ "schedule_id": slot })).await?.expect(200)?;
            ensure!(first.budget_now().await? == 64.0, "{body}");
            ensure!(of(&log(first.shop).await?, "now").len() == runs, "run {runs}");
            first.set_at_shopee(50.0).await?;
        }
        ensure!(edits(first.shop).await?.len() == 3);
        change(&world, &slot, "restore = true").await?;
        let body = world.post(&path, json!({ "schedule_id": slot })).await?.expect(200)?;
        ensure!(first.budget_now().await? == 64.0, "{body}");
        // The span is over: what is stored says when.
        let over = "UPDATE apishopee_ads_budget_state SET known = jsonb_set(known, '{applied,until_ms}', '0') \
                    WHERE shop_id = $1 AND (known #>> '{applied,until_ms}')::bigint > ads_unix_ms(now())";
        ensure!(world.db.execute(over, &[&first.shop.id]).await? == 1, "no span is stored");
        tick(&world).await?;
        first.until_budget(50.0).await
    });
}
