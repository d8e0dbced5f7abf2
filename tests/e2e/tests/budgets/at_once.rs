//! A change takes effect at once: after the first, no tick is sent in these tests, and no other test's reaches their stacks.

use super::{
    Campaign, ZONE, all_day, budget_of, campaigns, edits,
    hands::{by_day, delete, hours, listed, make, minute, older, patch, put_rules, set_at, stop, with},
    log,
    people::{campaign_at_50, set, until_budget},
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_quiet, run_quiet_within_a_day};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Three campaigns of a shop whose clock is far from midnight; each has 50. The minute of its day.
async fn three_by_day(world: &World) -> Result<([Campaign; 3], i64)> {
    let first = campaign_at_50(world).await?;
    by_day(world, first.shop).await?;
    listed(world, first.shop).await?;
    let mut all = campaigns(world, first.shop).await?;
    all.truncate(3);
    for campaign in &all {
        set(world, campaign, 50.0).await?;
    }
    let all = all.try_into().ok().context("too few campaigns")?;
    Ok((all, minute(world, first.shop, 0).await?))
}

#[test]
fn what_is_made_changed_and_deleted_over_http_is_applied_without_a_tick() {
    run_quiet(Front::Worker, |world| async move {
        let ([first, second, third], now) = three_by_day(&world).await?;
        let (open, later) = (hours(now - 60, now + 60), hours(now + 90, now + 120));
        let slot = make(&world, &first, with(open, json!({ "budget": "100", "restore": true }))).await?;
        until_budget(&world, &first, 100.0).await?;
        patch(&world, &slot, json!({ "budget": "120.50" })).await?;
        until_budget(&world, &first, 120.5).await?;
        delete(&world, &slot).await?;
        until_budget(&world, &first, 50.0).await?;

        let slot = make(&world, &second, with(later, json!({ "budget": "70" }))).await?;
        patch(&world, &slot, hours(now - 30, now + 60)).await?;
        until_budget(&world, &second, 70.0).await?;

        let worker = &world.stack.worker;
        let line = format!("{},{},{},80\r\n", third.id, (now - 60) / 60, (now + 120) / 60);
        let csv = worker.http.post(format!("{}/v1/shops/{}/budget-schedules/csv", worker.url, third.shop));
        let csv = csv.bearer_auth(&world.stack.secrets.operator_token).header("content-type", "text/csv");
        let answer = csv.body(format!("campaign_id,hour_start,hour_end,budget\r\n{line}")).send().await?;
        let status = answer.status();
        ensure!(status == 201, "{status} {}", answer.text().await?);
        until_budget(&world, &third, 80.0).await?;
        ensure!(set_at(&world, &first).await? == [100.0, 120.5, 50.0]);
        ensure!(edits(&world, first.shop).await?.len() == 5);
        Ok(())
    });
}

#[test]
fn what_the_older_function_makes_changes_and_deletes_is_applied_without_a_tick() {
    run_quiet(Front::Worker, |world| async move {
        let ([first, second, _], now) = three_by_day(&world).await?;
        let of = |campaign: &Campaign, fields: Value| {
            with(json!({ "shop_id": campaign.shop, "campaign_id": campaign.id }), fields)
        };
        let create = |campaign: &Campaign, hours: Value| {
            of(campaign, with(hours, json!({ "action": "create", "budget": 100, "restore": true })))
        };
        let slot = older(&world, create(&first, hours(now - 60, now + 60))).await?;
        until_budget(&world, &first, 100.0).await?;
        let update = json!({ "action": "update", "schedule_id": slot, "budget": 120.5 });
        older(&world, of(&first, update)).await?;
        until_budget(&world, &first, 120.5).await?;
        older(&world, of(&first, json!({ "action": "delete", "schedule_id": slot }))).await?;
        until_budget(&world, &first, 50.0).await?;

        let slot = older(&world, create(&second, hours(now + 90, now + 120))).await?;
        let moved = with(hours(now - 30, now + 60), json!({ "action": "update", "schedule_id": slot }));
        older(&world, of(&second, moved)).await?;
        until_budget(&world, &second, 100.0).await?;
        let moved = with(hours(now + 90, now + 120), json!({ "action": "update", "schedule_id": slot }));
        older(&world, of(&second, moved)).await?;
        until_budget(&world, &second, 50.0).await?;
        ensure!(set_at(&world, &first).await? == [100.0, 120.5, 50.0]);
        ensure!(set_at(&world, &second).await? == [100.0, 50.0]);
        Ok(())
    });
}

#[test]
fn rules_that_are_put_are_looked_at_without_a_tick() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        put_rules(&world, shop, json!({ "ceiling": 200 })).await?;
        all_day(&world, &first, "500", false).await?;
        tick(&world).await?;
        until_logged(&world, shop, 1).await?;
        ensure!(budget_of(&world, &first).await? == 50.0, "{:?}", log(&world, shop).await?);
        // A lower one is looked at too: it refuses anew, in its own words.
        put_rules(&world, shop, json!({ "ceiling": 150 })).await?;
        let told = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs
                      WHERE shop_id = $1 AND error_message LIKE 'ceiling:%150%')";
        world.until("the lower ceiling in the log", told, &[&shop]).await?;
        put_rules(&world, shop, json!({ "ceiling": 600 })).await?;
        until_budget(&world, &first, 500.0).await?;

        stop(&world, shop).await?;
        let more = "UPDATE apishopee_scheduled_ads_budget SET budget = 550 WHERE shop_id = $1";
        world.db.execute(more, &[&shop]).await?;
        tick(&world).await?;
        let held = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs
                      WHERE shop_id = $1 AND error_message LIKE 'kill_switch%')";
        world.until("the line of the stop", held, &[&shop]).await?;
        until_logged(&world, shop, 4).await?;
        ensure!(budget_of(&world, &first).await? == 500.0, "{:?}", log(&world, shop).await?);
        put_rules(&world, shop, json!({ "ceiling": 600, "enabled": true })).await?;
        until_budget(&world, &first, 550.0).await?;
        ensure!(set_at(&world, &first).await? == [500.0, 550.0]);
        Ok(())
    });
}
