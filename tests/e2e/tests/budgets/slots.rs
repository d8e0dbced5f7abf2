//! Slots of a few campaigns.

use super::{
    ZONE,
    campaign::{Campaign, campaigns, edits, ensure_once},
    fast, insert_rule, log, tick, until_logged,
};
use anyhow::{Context, ensure};
use e2e::run_within_a_day;
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_slot_sets_its_budget_once_and_gives_the_earlier_one_back() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        let slot = first.schedule_and_restore("77.25").await?;
        second.schedule_all_day("55").await?;
        tick(&world).await?;
        until_logged(shop, 2).await?;
        ensure!(first.budget_now().await? == 77.25 && second.budget_now().await? == 55.0);
        // A doubled tick does nothing.
        tick(&world).await?;
        tick(&world).await?;

        let end = "DELETE FROM apishopee_scheduled_ads_budget WHERE id::text = $1";
        world.db.execute(end, &[&slot]).await?;
        tick(&world).await?;
        until_logged(shop, 3).await?;
        ensure!(first.budget_now().await? == first.budget, "the earlier budget is not back");
        let edits = edits(shop).await?;
        ensure!(edits.len() == 3, "{edits:?}");
        ensure_once(&edits)?;
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        let of_first: Vec<_> = lines.iter().filter(|line| line["campaign_id"] == first.id).collect();
        ensure!(of_first.len() == 2 && of_first[0]["old_budget"] == json!(first.budget), "{lines:?}");
        ensure!(of_first[1]["action"] == "restore" && of_first[1]["new_budget"] == json!(first.budget));
        let audited = shop.audited("budget.%").await?;
        ensure!(audited == 3, "{audited} decisions in the audit log");
        let limits = "SELECT min_budget > 0 FROM apishopee_ads_budget_limits WHERE shop_id = $1";
        ensure!(
            world.value::<bool>(limits, &[&shop.id]).await?,
            "Shopee was not asked for its smallest budget"
        );
        Ok(())
    });
}

#[test]
fn rules_and_refusals_are_logged_and_raise_an_alert() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        insert_rule(shop, "ceiling", "500").await?;
        first.schedule_all_day("900").await?;
        let bad = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, hour_start, hour_end) \
                   VALUES ($1, $2, 50, 12, 10)";
        world.db.execute(bad, &[&shop.id, &second.id]).await?;
        // A campaign that Shopee does not know.
        let foreign = Campaign { id: 5, ..first.clone() };
        foreign.schedule_all_day("60").await?;
        tick(&world).await?;
        until_logged(shop, 2).await?;
        let lines = log(shop).await?;
        let reason = |id: i64| {
            let line = lines.iter().find(|line| line["campaign_id"] == id);
            line.and_then(|line| Some((line["status"].as_str()?, line["error_message"].as_str()?)))
        };
        let (status, why) = reason(first.id).context("no line for the refused one")?;
        ensure!(status == "skipped" && why.starts_with("ceiling:"), "{status} {why}");
        let (status, why) = reason(5).context("no line for the unknown one")?;
        ensure!(status == "failed" && why.starts_with("missing:"), "{status} {why}");
        ensure!(edits(shop).await?.is_empty());
        shop.until_alert("budget_failed").await?;
        let text = shop.until_alert("budget_schedules").await?;
        ensure!(text.contains("hour_end"), "{text}");

        // What was refused is tried again when the rule is gone; what is not a schedule any more says nothing.
        world.db.execute("DELETE FROM apishopee_ads_budget_rules WHERE shop_id = $1", &[&shop.id]).await?;
        let rest = "DELETE FROM apishopee_scheduled_ads_budget WHERE shop_id = $1 AND campaign_id <> $2";
        world.db.execute(rest, &[&shop.id, &first.id]).await?;
        tick(&world).await?;
        until_logged(shop, 3).await?;
        ensure!(first.budget_now().await? == 900.0);
        shop.until_no_alert("budget_failed").await?;
        shop.until_no_alert("budget_schedules").await
    });
}

#[test]
fn the_kill_switch_stops_everything() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(shop).await?;
        let first = all.first().context("no campaign")?;
        insert_rule(shop, "enabled", "false").await?;
        first.schedule_all_day("90").await?;
        tick(&world).await?;
        until_logged(shop, 1).await?;
        let lines = log(shop).await?;
        let why = lines[0]["error_message"].as_str().unwrap_or_default();
        ensure!(lines[0]["status"] == "skipped" && why.starts_with("kill_switch"), "{lines:?}");
        ensure!(edits(shop).await?.is_empty() && shop.alert("budget_failed").await?.is_none());
        Ok(())
    });
}
