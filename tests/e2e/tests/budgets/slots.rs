//! Slots of a few campaigns.

use super::{
    ZONE, all_day, budget_of, campaigns, edits, ensure_once, fast, log, open_alert, tick, until_logged,
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
        let all = campaigns(&world, shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        let slot = all_day(&world, first, "77.25", true).await?;
        all_day(&world, second, "55", false).await?;
        tick(&world).await?;
        until_logged(&world, shop, 2).await?;
        ensure!(budget_of(&world, first).await? == 77.25 && budget_of(&world, second).await? == 55.0);
        // A doubled tick does nothing.
        tick(&world).await?;
        tick(&world).await?;

        let end = "DELETE FROM apishopee_scheduled_ads_budget WHERE id::text = $1";
        world.db.execute(end, &[&slot]).await?;
        tick(&world).await?;
        until_logged(&world, shop, 3).await?;
        ensure!(budget_of(&world, first).await? == first.budget, "the earlier budget is not back");
        let edits = edits(&world, shop).await?;
        ensure!(edits.len() == 3, "{edits:?}");
        ensure_once(&edits)?;
        let lines = log(&world, shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        let of_first: Vec<_> = lines.iter().filter(|line| line["campaign_id"] == first.id).collect();
        ensure!(of_first.len() == 2 && of_first[0]["old_budget"] == json!(first.budget), "{lines:?}");
        ensure!(of_first[1]["action"] == "restore" && of_first[1]["new_budget"] == json!(first.budget));
        let audited: i64 = world
            .value(
                "SELECT count(*) FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action LIKE 'budget.%'",
                &[&shop],
            )
            .await?;
        ensure!(audited == 3, "{audited} decisions in the audit log");
        let limits = "SELECT min_budget > 0 FROM apishopee_ads_budget_limits WHERE shop_id = $1";
        ensure!(world.value::<bool>(limits, &[&shop]).await?, "Shopee was not asked for its smallest budget");
        Ok(())
    });
}

#[test]
fn rules_and_refusals_are_logged_and_raise_an_alert() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(&world, shop).await?;
        let [first, second, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        let rules = "INSERT INTO apishopee_ads_budget_rules (shop_id, ceiling) VALUES ($1, 500)";
        world.db.execute(rules, &[&shop]).await?;
        all_day(&world, first, "900", false).await?;
        let bad = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, hour_start, hour_end) \
                   VALUES ($1, $2, 50, 12, 10)";
        world.db.execute(bad, &[&shop, &second.id]).await?;
        // A campaign that Shopee does not know.
        let foreign = super::Campaign { id: 5, ..first.clone() };
        all_day(&world, &foreign, "60", false).await?;
        tick(&world).await?;
        until_logged(&world, shop, 2).await?;
        let lines = log(&world, shop).await?;
        let reason = |id: i64| {
            let line = lines.iter().find(|line| line["campaign_id"] == id);
            line.and_then(|line| Some((line["status"].as_str()?, line["error_message"].as_str()?)))
        };
        let (status, why) = reason(first.id).context("no line for the refused one")?;
        ensure!(status == "skipped" && why.starts_with("ceiling:"), "{status} {why}");
        let (status, why) = reason(5).context("no line for the unknown one")?;
        ensure!(status == "failed" && why.starts_with("missing:"), "{status} {why}");
        ensure!(edits(&world, shop).await?.is_empty());
        world
            .eventually("the alerts", || async {
                Ok(open_alert(&world, "budget_schedules", shop).await?.is_some())
            })
            .await?;
        ensure!(open_alert(&world, "budget_failed", shop).await?.is_some());
        let text = open_alert(&world, "budget_schedules", shop).await?.unwrap_or_default();
        ensure!(text.contains("hour_end"), "{text}");

        // What was refused is tried again when the rule is gone; what is not a schedule any more says nothing.
        world.db.execute("DELETE FROM apishopee_ads_budget_rules WHERE shop_id = $1", &[&shop]).await?;
        let rest = "DELETE FROM apishopee_scheduled_ads_budget WHERE shop_id = $1 AND campaign_id <> $2";
        world.db.execute(rest, &[&shop, &first.id]).await?;
        tick(&world).await?;
        until_logged(&world, shop, 3).await?;
        ensure!(budget_of(&world, first).await? == 900.0);
        world
            .eventually("no alert is open", || async {
                Ok(open_alert(&world, "budget_failed", shop).await?.is_none()
                    && open_alert(&world, "budget_schedules", shop).await?.is_none())
            })
            .await
    });
}

#[test]
fn the_kill_switch_stops_everything() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let shop = world.shop(20).await?;
        let all = campaigns(&world, shop).await?;
        let first = all.first().context("no campaign")?;
        let rules = "INSERT INTO apishopee_ads_budget_rules (shop_id, enabled) VALUES ($1, false)";
        world.db.execute(rules, &[&shop]).await?;
        all_day(&world, first, "90", false).await?;
        tick(&world).await?;
        until_logged(&world, shop, 1).await?;
        let lines = log(&world, shop).await?;
        let why = lines[0]["error_message"].as_str().unwrap_or_default();
        ensure!(lines[0]["status"] == "skipped" && why.starts_with("kill_switch"), "{lines:?}");
        ensure!(
            edits(&world, shop).await?.is_empty()
                && open_alert(&world, "budget_failed", shop).await?.is_none()
        );
        Ok(())
    });
}
