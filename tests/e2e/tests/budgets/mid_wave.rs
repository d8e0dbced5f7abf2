//! What happens in the middle of a wave of 25 campaigns.

use super::{
    ZONE,
    campaign::{Campaign, EDIT, campaigns, edits, ensure_once},
    fast,
    http::{delete, listed, look, patch, put_rules, stop},
    log, tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, World, run_apart_within_a_day, run_quiet_within_a_day};
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
async fn in_the_middle(world: &World) -> Result<(Vec<Campaign<'_>>, Vec<String>)> {
    fast(world).await?;
    let shop = world.shop(120).await?;
    listed(shop).await?;
    let mut all = campaigns(shop).await?;
    all.sort_by_key(|campaign| campaign.id);
    all.truncate(CAMPAIGNS);
    ensure!(all.len() == CAMPAIGNS, "too few campaigns take edits");
    let mut schedules = Vec::new();
    for (place, campaign) in all.iter().enumerate() {
        schedules.push(campaign.schedule_and_restore(&wanted(place).to_string()).await?);
    }
    seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 800, "jitter": 0 } })).await?;
    tick(world).await?;
    world.eventually("some edits", || async { Ok(edits(shop).await?.len() >= DONE) }).await?;
    Ok((all, schedules))
}

/// Edits that the fake was asked for so far.
async fn asked_for(shop: Shop<'_>) -> Result<usize> {
    let calls = shop.calls().await?;
    let is_edit = |name: &str| EDIT.contains(&name);
    Ok(calls.iter().filter(|call| call["endpoint"].as_str().is_some_and(is_edit)).count())
}

/// Every campaign has its budget by one edit.
async fn ensure_each_once(all: &[Campaign<'_>]) -> Result<()> {
    let shop = all.first().context("no campaign")?.shop;
    let edits = edits(shop).await?;
    ensure_once(&edits)?;
    ensure!(edits.len() == all.len(), "{edits:?}");
    for (place, campaign) in all.iter().enumerate() {
        let of_campaign = campaign.budgets_set().await?;
        ensure!(of_campaign == [wanted(place)], "campaign {}: {of_campaign:?}", campaign.id);
        ensure!(campaign.budget_now().await? == wanted(place), "campaign {}", campaign.id);
    }
    Ok(())
}

async fn until_all(all: &[Campaign<'_>]) -> Result<()> {
    for (place, campaign) in all.iter().enumerate() {
        campaign.until_budget(wanted(place)).await?;
    }
    Ok(())
}

#[test]
fn a_stop_in_the_middle_of_a_wave_holds_the_rest_back_until_it_is_released() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        stop(shop).await?;
        let before = asked_for(shop).await?;
        ensure!(before + LEFT <= CAMPAIGNS, "the wave is almost over: {before} edits");
        until_logged(shop, CAMPAIGNS as i64).await?;
        let after = asked_for(shop).await?;
        ensure!(after - before <= AT_ONCE, "{} edits were sent after the stop", after - before);
        let done = edits(shop).await?;
        ensure!((DONE..=CAMPAIGNS - LEFT + AT_ONCE).contains(&done.len()), "{} edits", done.len());
        for (place, campaign) in all.iter().enumerate() {
            let is_done = done.iter().any(|edit| edit.campaign == campaign.id);
            let budget = if is_done { wanted(place) } else { campaign.budget };
            ensure!(campaign.budget_now().await? == budget, "campaign {}", campaign.id);
        }
        // However often it is looked at.
        look(shop).await?;
        ensure!(asked_for(shop).await? == after, "an edit was sent although everything is stopped");

        put_rules(shop, json!({ "enabled": true })).await?;
        tick(&world).await?;
        until_all(&all).await?;
        until_logged(shop, CAMPAIGNS as i64).await?;
        ensure_each_once(&all).await
    });
}

#[test]
fn a_ceiling_that_is_put_in_the_middle_of_a_wave_holds_back_what_is_above_it() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        let allowed = CAMPAIGNS - LEFT;
        // Turns come in the order of the budgets, so none above it is on its way.
        put_rules(shop, json!({ "ceiling": wanted(allowed - 1) })).await?;
        let before = asked_for(shop).await?;
        ensure!(before <= allowed, "the wave is almost over: {before} edits");
        until_logged(shop, CAMPAIGNS as i64).await?;
        let done = edits(shop).await?;
        ensure!(done.len() == allowed && done.iter().all(|edit| edit.budget < wanted(allowed)), "{done:?}");
        ensure!(asked_for(shop).await? == allowed, "an edit above the ceiling was sent");
        let lines = log(shop).await?;
        let is_refused =
            |line: &&Value| line["error_message"].as_str().unwrap_or_default().starts_with("ceiling:");
        ensure!(lines.iter().filter(is_refused).count() == LEFT && lines.len() == CAMPAIGNS, "{lines:?}");
        put_rules(shop, json!({ "ceiling": wanted(CAMPAIGNS) })).await?;
        until_all(&all).await?;
        until_logged(shop, (CAMPAIGNS + LEFT) as i64).await?;
        ensure_each_once(&all).await
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
        let sent = edits(last.shop).await?;
        ensure!(
            !sent.iter().any(|edit| [gone.id, last.id].contains(&edit.campaign)),
            "its turn was over: {sent:?}"
        );
        last.until_budget(999.5).await?;
        until_all(rest).await?;
        until_logged(last.shop, rest.len() as i64 + 1).await?;
        ensure!(last.budgets_set().await? == [999.5], "{:?}", last.budgets_set().await?);
        ensure!(gone.budgets_set().await?.is_empty() && gone.budget_now().await? == gone.budget);
        let edits = edits(last.shop).await?;
        ensure!(edits.len() == CAMPAIGNS - 1, "{edits:?}");
        ensure_once(&edits)
    });
}

#[test]
fn a_worker_that_is_killed_in_the_middle_of_a_wave_leaves_nothing_out_and_writes_nothing_twice() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        let (all, _) = in_the_middle(&world).await?;
        let shop = all[0].shop;
        let left = CAMPAIGNS - edits(shop).await?.len();
        world.stack.worker.kill().await;
        ensure!(left >= LEFT, "the wave is almost over: {left} edits are left");
        world.stack.worker.launch().await?;
        // The lease of the dead is over: what is stored says when.
        let over = "UPDATE apishopee_ads_budget_leases SET lease_until = now() WHERE shop_id = $1 AND holder IS NOT NULL";
        ensure!(world.db.execute(over, &[&shop.id]).await? == 1, "nobody held the shop");
        tick(&world).await?;
        until_all(&all).await?;
        until_logged(shop, CAMPAIGNS as i64).await?;
        let lines = log(shop).await?;
        ensure!(lines.len() == CAMPAIGNS, "{lines:?}");
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        ensure_each_once(&all).await
    });
}
