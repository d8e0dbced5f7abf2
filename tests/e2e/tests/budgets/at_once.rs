//! A change takes effect at once: after the first, no tick is sent in these tests, and no other test's reaches their stacks.

use super::{
    ZONE,
    campaign::{Campaign, campaign_at_50, campaigns, edits},
    http::{by_day, delete, hours, listed, make, minute, older, patch, put_rules, stop, with},
    log, tick, until_logged, until_reason,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_quiet, run_quiet_within_a_day};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Three campaigns of a shop whose clock is far from midnight; each has 50. The minute of its day.
async fn three_by_day(world: &World) -> Result<([Campaign<'_>; 3], i64)> {
    let first = campaign_at_50(world).await?;
    by_day(first.shop).await?;
    listed(first.shop).await?;
    let mut all = campaigns(first.shop).await?;
    all.truncate(3);
    for campaign in &all {
        campaign.set_at_shopee(50.0).await?;
    }
    let all = all.try_into().ok().context("too few campaigns")?;
    Ok((all, minute(first.shop, 0).await?))
}

#[test]
fn what_is_made_changed_and_deleted_over_http_is_applied_without_a_tick() {
    run_quiet(Front::Worker, |world| async move {
        let ([first, second, third], now) = three_by_day(&world).await?;
        let (open, later) = (hours(now - 60, now + 60), hours(now + 90, now + 120));
        let slot = make(&first, with(open, json!({ "budget": "100", "restore": true }))).await?;
        first.until_budget(100.0).await?;
        patch(&world, &slot, json!({ "budget": "120.50" })).await?;
        first.until_budget(120.5).await?;
        delete(&world, &slot).await?;
        first.until_budget(50.0).await?;

        let slot = make(&second, with(later, json!({ "budget": "70" }))).await?;
        patch(&world, &slot, hours(now - 30, now + 60)).await?;
        second.until_budget(70.0).await?;

        let worker = &world.stack.worker;
        let line = format!("{},{},{},80\r\n", third.id, (now - 60) / 60, (now + 120) / 60);
        let csv = worker.http.post(format!("{}/v1/shops/{}/budget-schedules/csv", worker.url, third.shop));
        let csv = csv.bearer_auth(&world.stack.secrets.operator_token).header("content-type", "text/csv");
        let answer = csv.body(format!("campaign_id,hour_start,hour_end,budget\r\n{line}")).send().await?;
        let status = answer.status();
        ensure!(status == 201, "{status} {}", answer.text().await?);
        third.until_budget(80.0).await?;
        ensure!(first.budgets_set().await? == [100.0, 120.5, 50.0]);
        ensure!(edits(first.shop).await?.len() == 5);
        Ok(())
    });
}

#[test]
fn what_the_older_function_makes_changes_and_deletes_is_applied_without_a_tick() {
    run_quiet(Front::Worker, |world| async move {
        let ([first, second, _], now) = three_by_day(&world).await?;
        let of = |campaign: &Campaign<'_>, fields: Value| {
            with(json!({ "shop_id": campaign.shop.id, "campaign_id": campaign.id }), fields)
        };
        let create = |campaign: &Campaign<'_>, hours: Value| {
            of(campaign, with(hours, json!({ "action": "create", "budget": 100, "restore": true })))
        };
        let slot = older(&world, create(&first, hours(now - 60, now + 60))).await?;
        first.until_budget(100.0).await?;
        let update = json!({ "action": "update", "schedule_id": slot, "budget": 120.5 });
        older(&world, of(&first, update)).await?;
        first.until_budget(120.5).await?;
        older(&world, of(&first, json!({ "action": "delete", "schedule_id": slot }))).await?;
        first.until_budget(50.0).await?;

        let slot = older(&world, create(&second, hours(now + 90, now + 120))).await?;
        let moved = with(hours(now - 30, now + 60), json!({ "action": "update", "schedule_id": slot }));
        older(&world, of(&second, moved)).await?;
        second.until_budget(100.0).await?;
        let moved = with(hours(now + 90, now + 120), json!({ "action": "update", "schedule_id": slot }));
        older(&world, of(&second, moved)).await?;
        second.until_budget(50.0).await?;
        ensure!(first.budgets_set().await? == [100.0, 120.5, 50.0]);
        ensure!(second.budgets_set().await? == [100.0, 50.0]);
        Ok(())
    });
}

#[test]
fn rules_that_are_put_are_looked_at_without_a_tick() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        put_rules(shop, json!({ "ceiling": 200 })).await?;
        first.schedule_all_day("500").await?;
        tick(&world).await?;
        until_logged(shop, 1).await?;
        ensure!(first.budget_now().await? == 50.0, "{:?}", log(shop).await?);
        // A lower one is looked at too: it refuses anew, in its own words.
        put_rules(shop, json!({ "ceiling": 150 })).await?;
        until_reason(shop, "ceiling:%150%").await?;
        put_rules(shop, json!({ "ceiling": 600 })).await?;
        first.until_budget(500.0).await?;

        stop(shop).await?;
        shop.update("apishopee_scheduled_ads_budget", "budget = 550").await?;
        tick(&world).await?;
        until_reason(shop, "kill_switch%").await?;
        until_logged(shop, 4).await?;
        ensure!(first.budget_now().await? == 500.0, "{:?}", log(shop).await?);
        put_rules(shop, json!({ "ceiling": 600, "enabled": true })).await?;
        first.until_budget(550.0).await?;
        ensure!(first.budgets_set().await? == [500.0, 550.0]);
        Ok(())
    });
}
