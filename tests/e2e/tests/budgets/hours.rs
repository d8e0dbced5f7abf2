//! Slots that are moved, and slots that begin between two ticks.

use super::{
    campaign::{Campaign, campaign_at_50, campaigns, edits, ensure_once},
    http::{by_day, hours, listed, look, make, minute, patch, with},
    log, tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, World, run, run_quiet};
use serde_json::json;
use xtask::stack::Front;

/// A campaign that has 50, of a shop whose clock is far from midnight.
async fn by_day_at_50(world: &World) -> Result<Campaign<'_>> {
    let first = campaign_at_50(world).await?;
    by_day(first.shop).await?;
    listed(first.shop).await?;
    Ok(first)
}

#[test]
fn a_slot_that_is_moved_away_gives_back_and_one_that_is_moved_here_is_set_once_more() {
    run(Front::Worker, |world| async move {
        let first = by_day_at_50(&world).await?;
        let now = minute(first.shop, 0).await?;
        let here = hours(now - 60, now + 60);
        let slot = make(&first, with(here.clone(), json!({ "budget": "100", "restore": true }))).await?;
        first.until_budget(100.0).await?;
        let away = hours(now + 120, now + 180);
        let here_too = hours(now - 30, now + 90);
        for (lines, (hours, budget)) in
            (2..).zip([(&away, 50.0), (&here_too, 100.0), (&away, 50.0), (&here, 100.0)])
        {
            patch(&world, &slot, hours.clone()).await?;
            first.until_budget(budget).await?;
            until_logged(first.shop, lines).await?;
        }
        // Once each, however often it is looked at.
        look(first.shop).await?;
        let edits = edits(first.shop).await?;
        ensure_once(&edits)?;
        let budgets = first.budgets_set().await?;
        ensure!(budgets == [100.0, 50.0, 100.0, 50.0, 100.0], "{budgets:?}");
        let lines = log(first.shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        Ok(())
    });
}

/// When a minute of the shop's present day begins, in unix milliseconds.
async fn begins_ms(shop: Shop<'_>, minute: i64) -> Result<i64> {
    let query = "SELECT ads_unix_ms((date_trunc('day', now() AT TIME ZONE zone) + make_interval(mins => $2::int)) AT TIME ZONE zone)
        FROM (SELECT ads_region_time_zone(region) AS zone FROM apishopee_shops WHERE shop_id = $1) AS shop";
    shop.world.value(query, &[&shop.id, &i32::try_from(minute)?]).await
}

#[test]
fn a_slot_is_set_when_it_begins_and_given_back_when_it_ends_without_a_tick() {
    // A tick of another test would look at the shop too.
    run_quiet(Front::Worker, |world| async move {
        let made = by_day_at_50(&world).await?;
        let moved = campaigns(made.shop).await?.into_iter().nth(1).context("one campaign only")?;
        moved.set_at_shopee(60.0).await?;
        tick(&world).await?;
        let late = minute(made.shop, 20).await?;
        let body = json!({ "budget": "100", "restore": true });
        let slot = make(&moved, with(hours(late, late + 20), body.clone())).await?;
        // Begins within one to two minutes.
        let start = minute(made.shop, 2).await?;
        make(&made, with(hours(start, start + 1), body)).await?;
        patch(&world, &slot, hours(start, start + 20)).await?;
        let begins = begins_ms(made.shop, start).await?;
        moved.until_budget(100.0).await?;
        // Its end is that of a minute.
        world
            .eventually("the slot to be over", || async { Ok(made.budgets_set().await? == [100.0, 50.0]) })
            .await?;
        ensure!(moved.budgets_set().await? == [100.0], "{:?}", moved.budgets_set().await?);
        let edits = edits(made.shop).await?;
        ensure!(edits.iter().all(|edit| edit.at_ms >= begins), "too early for {begins}: {edits:?}");
        let end = begins_ms(made.shop, start + 1).await?;
        ensure!(
            edits.iter().all(|edit| edit.budget != 50.0 || edit.at_ms >= end),
            "too early for {end}: {edits:?}"
        );
        Ok(())
    });
}
