//! Slots that are moved, and slots that begin between two ticks.

use super::{
    Campaign, campaigns, edits, ensure_once,
    hands::{by_day, hours, listed, look, make, minute, patch, set_at, with},
    log,
    people::{campaign_at_50, set, until_budget},
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run, run_quiet};
use serde_json::json;
use xtask::stack::Front;

/// A campaign that has 50, of a shop whose clock is far from midnight.
async fn by_day_at_50(world: &World) -> Result<Campaign> {
    let first = campaign_at_50(world).await?;
    by_day(world, first.shop).await?;
    listed(world, first.shop).await?;
    Ok(first)
}

#[test]
fn a_slot_that_is_moved_away_gives_back_and_one_that_is_moved_here_is_set_once_more() {
    run(Front::Worker, |world| async move {
        let first = by_day_at_50(&world).await?;
        let now = minute(&world, first.shop, 0).await?;
        let here = hours(now - 60, now + 60);
        let slot =
            make(&world, &first, with(here.clone(), json!({ "budget": "100", "restore": true }))).await?;
        until_budget(&world, &first, 100.0).await?;
        let away = hours(now + 120, now + 180);
        let here_too = hours(now - 30, now + 90);
        for (lines, (hours, budget)) in
            (2..).zip([(&away, 50.0), (&here_too, 100.0), (&away, 50.0), (&here, 100.0)])
        {
            patch(&world, &slot, hours.clone()).await?;
            until_budget(&world, &first, budget).await?;
            until_logged(&world, first.shop, lines).await?;
        }
        // Once each, however often it is looked at.
        look(&world, first.shop).await?;
        let edits = edits(&world, first.shop).await?;
        ensure_once(&edits)?;
        let budgets = set_at(&world, &first).await?;
        ensure!(budgets == [100.0, 50.0, 100.0, 50.0, 100.0], "{budgets:?}");
        let lines = log(&world, first.shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        Ok(())
    });
}

/// When a minute of the shop's present day begins, in unix milliseconds.
async fn begins_ms(world: &World, shop: i64, minute: i64) -> Result<i64> {
    let query = "SELECT ads_unix_ms((date_trunc('day', now() AT TIME ZONE zone) + make_interval(mins => $2::int)) AT TIME ZONE zone)
        FROM (SELECT ads_region_time_zone(region) AS zone FROM apishopee_shops WHERE shop_id = $1) AS shop";
    world.value(query, &[&shop, &i32::try_from(minute)?]).await
}

#[test]
fn a_slot_is_set_when_it_begins_and_given_back_when_it_ends_without_a_tick() {
    // A tick of another test would look at the shop too.
    run_quiet(Front::Worker, |world| async move {
        let made = by_day_at_50(&world).await?;
        let moved = campaigns(&world, made.shop).await?.into_iter().nth(1).context("one campaign only")?;
        set(&world, &moved, 60.0).await?;
        tick(&world).await?;
        let late = minute(&world, made.shop, 20).await?;
        let body = json!({ "budget": "100", "restore": true });
        let slot = make(&world, &moved, with(hours(late, late + 20), body.clone())).await?;
        // Begins within one to two minutes.
        let start = minute(&world, made.shop, 2).await?;
        make(&world, &made, with(hours(start, start + 1), body)).await?;
        patch(&world, &slot, hours(start, start + 20)).await?;
        let begins = begins_ms(&world, made.shop, start).await?;
        until_budget(&world, &moved, 100.0).await?;
        // Its end is that of a minute.
        world
            .eventually("the slot to be over", || async { Ok(set_at(&world, &made).await? == [100.0, 50.0]) })
            .await?;
        ensure!(set_at(&world, &moved).await? == [100.0], "{:?}", set_at(&world, &moved).await?);
        let edits = edits(&world, made.shop).await?;
        ensure!(edits.iter().all(|edit| edit.3 >= begins), "too early for {begins}: {edits:?}");
        let end = begins_ms(&world, made.shop, start + 1).await?;
        ensure!(edits.iter().all(|edit| edit.2 != 50.0 || edit.3 >= end), "too early for {end}: {edits:?}");
        Ok(())
    });
}
