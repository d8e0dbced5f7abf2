//! What happens in the middle of a wave of 25 campaigns.

use super::{
    Campaign, ZONE, all_day, budget_of, campaigns, edits, ensure_once, fast,
    hands::{delete, listed, look, patch, put_rules, set_at, stop},
    log,
    people::{EDIT, until_budget},
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart_within_a_day, run_quiet_within_a_day};
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const CAMPAIGNS: usize = 25;
/// Edits after which something happens; so many are left that it is long before the end.
const DONE: usize = 5;
const LEFT: usize = 8;
/// Edits that may be stored as being sent, and so be on their way, when somebody stops everything.
const AT_ONCE: usize = 2;

/// The budget of the campaign at this place.
fn wanted(place: usize) -> f64 {
    300.0 + place as f64
}

/// A shop in the middle of its wave: its campaigns, in the order in which their turns come, and the ids of their schedules.
async fn in_the_middle(world: &World) -> Result<(Vec<Campaign>, Vec<String>)> {
    fast(world).await?;
    let shop = world.shop(120).await?;
    listed(world, shop).await?;
    let mut all = campaigns(world, shop).await?;
    all.sort_by_key(|campaign| campaign.id);
    all.truncate(CAMPAIGNS);
    ensure!(all.len() == CAMPAIGNS, "too few campaigns take edits");
    let mut schedules = Vec::new();
    for (place, campaign) in all.iter().enumerate() {
        schedules.push(all_day(world, campaign, &wanted(place).to_string(), true).await?);
    }
    seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 800, "jitter": 0 } })).await?;
    tick(world).await?;
    world.eventually("some edits", || async { Ok(edits(world, shop).await?.len() >= DONE) }).await?;
    Ok((all, schedules))
}

/// Edits that the fake was asked for so far.
async fn asked_for(world: &World, shop: i64) -> Result<usize> {
    let calls = world.calls(shop).await?;
    let is_edit = |name: &str| EDIT.contains(&name);
    Ok(calls.iter().filter(|call| call["endpoint"].as_str().is_some_and(is_edit)).count())
}

/// Every campaign has its budget by one edit.
async fn ensure_each_once(world: &World, all: &[Campaign]) -> Result<()> {
    let shop = all.first().context("no campaign")?.shop;
    let edits = edits(world, shop).await?;
    ensure_once(&edits)?;
    ensure!(edits.len() == all.len(), "{edits:?}");
    for (place, campaign) in all.iter().enumerate() {
        let of_campaign = set_at(world, campaign).await?;
        ensure!(of_campaign == [wanted(place)], "campaign {}: {of_campaign:?}", campaign.id);
        ensure!(budget_of(world, campaign).await? == wanted(place), "campaign {}", campaign.id);
    }
    Ok(())
}

async fn until_all(world: &World, all: &[Campaign]) -> Result<()> {
    for (place, campaign) in all.iter().enumerate() {
        until_budget(world, campaign, wanted(place)).await?;
    }
    Ok(())
}

#[test]
fn a_stop_in_the_middle_of_a_wave_holds_the_rest_back_until_it_is_released() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        stop(&world, shop).await?;
        let before = asked_for(&world, shop).await?;
        ensure!(before + LEFT <= CAMPAIGNS, "the wave is almost over: {before} edits");
        until_logged(&world, shop, CAMPAIGNS as i64).await?;
        let after = asked_for(&world, shop).await?;
        ensure!(after - before <= AT_ONCE, "{} edits were sent after the stop", after - before);
        let done = edits(&world, shop).await?;
        ensure!((DONE..=CAMPAIGNS - LEFT + AT_ONCE).contains(&done.len()), "{} edits", done.len());
        for (place, campaign) in all.iter().enumerate() {
            let is_done = done.iter().any(|edit| edit.0 == campaign.id);
            let budget = if is_done { wanted(place) } else { campaign.budget };
            ensure!(budget_of(&world, campaign).await? == budget, "campaign {}", campaign.id);
        }
        // However often it is looked at.
        look(&world, shop).await?;
        ensure!(asked_for(&world, shop).await? == after, "an edit was sent although everything is stopped");

        put_rules(&world, shop, json!({ "enabled": true })).await?;
        tick(&world).await?;
        until_all(&world, &all).await?;
        until_logged(&world, shop, CAMPAIGNS as i64).await?;
        ensure_each_once(&world, &all).await
    });
}

#[test]
fn a_ceiling_that_is_put_in_the_middle_of_a_wave_holds_back_what_is_above_it() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        let allowed = CAMPAIGNS - LEFT;
        // Turns come in the order of the budgets, so none above it is on its way.
        put_rules(&world, shop, json!({ "ceiling": wanted(allowed - 1) })).await?;
        let before = asked_for(&world, shop).await?;
        ensure!(before <= allowed, "the wave is almost over: {before} edits");
        until_logged(&world, shop, CAMPAIGNS as i64).await?;
        let done = edits(&world, shop).await?;
        ensure!(done.len() == allowed && done.iter().all(|edit| edit.2 < wanted(allowed)), "{done:?}");
        ensure!(asked_for(&world, shop).await? == allowed, "an edit above the ceiling was sent");
        let lines = log(&world, shop).await?;
        let is_refused =
            |line: &&Value| line["error_message"].as_str().unwrap_or_default().starts_with("ceiling:");
        ensure!(lines.iter().filter(is_refused).count() == LEFT && lines.len() == CAMPAIGNS, "{lines:?}");
        put_rules(&world, shop, json!({ "ceiling": wanted(CAMPAIGNS) })).await?;
        until_all(&world, &all).await?;
        until_logged(&world, shop, (CAMPAIGNS + LEFT) as i64).await?;
        ensure_each_once(&world, &all).await
    });
}

#[test]
fn a_schedule_that_is_changed_or_deleted_before_its_turn_in_a_wave_is_sent_as_it_is_then_or_not() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, schedules) = in_the_middle(&world).await?;
        let (rest, [gone, last]) = all.split_last_chunk().context("too few campaigns")?;
        let [.., of_gone, of_last] = schedules.as_slice() else { anyhow::bail!("too few schedules") };
        patch(&world, of_last, json!({ "budget": "999.50" })).await?;
        delete(&world, of_gone).await?;
        let sent = edits(&world, last.shop).await?;
        ensure!(!sent.iter().any(|edit| [gone.id, last.id].contains(&edit.0)), "its turn was over: {sent:?}");
        until_budget(&world, last, 999.5).await?;
        until_all(&world, rest).await?;
        until_logged(&world, last.shop, rest.len() as i64 + 1).await?;
        ensure!(set_at(&world, last).await? == [999.5], "{:?}", set_at(&world, last).await?);
        ensure!(set_at(&world, gone).await?.is_empty() && budget_of(&world, gone).await? == gone.budget);
        let edits = edits(&world, last.shop).await?;
        ensure!(edits.len() == CAMPAIGNS - 1, "{edits:?}");
        ensure_once(&edits)
    });
}

#[test]
fn a_worker_that_is_killed_in_the_middle_of_a_wave_leaves_nothing_out_and_writes_nothing_twice() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        let left = CAMPAIGNS - edits(&world, shop).await?.len();
        world.stack.worker.kill().await;
        ensure!(left >= LEFT, "the wave is almost over: {left} edits are left");
        world.stack.worker.launch().await?;
        // The lease of the dead is over: what is stored says when.
        let over = "UPDATE apishopee_ads_budget_leases SET lease_until = now() WHERE shop_id = $1 AND holder IS NOT NULL";
        ensure!(world.db.execute(over, &[&shop]).await? == 1, "nobody held the shop");
        tick(&world).await?;
        until_all(&world, &all).await?;
        until_logged(&world, shop, CAMPAIGNS as i64).await?;
        let lines = log(&world, shop).await?;
        ensure!(lines.len() == CAMPAIGNS, "{lines:?}");
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        ensure_each_once(&world, &all).await
    });
}
