//! A large shop whose campaigns come and go while they are listed.

use super::{all_right, ended, listed, number, pages, while_behaving};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_alone};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xtask::{
    demo::{self, seed},
    stack::Front,
};

const CAMPAIGNS: u32 = 25_000;
/// One per cent is made and one per cent deleted, in so many steps.
const STEPS: usize = 5;
const CHANGED_A_STEP: usize = 50;
/// Pages between two steps.
const PAGES_A_STEP: usize = 5;
/// How long the fake takes for a page, in milliseconds: there is time for a step before the next page.
const PAGE_MS: u32 = 1_000;

/// Deletes some campaigns and makes as many. The first half of the list loses every fiftieth, so that late steps delete
/// more in front of the page that is next than pages overlap.
async fn change(world: &World, shop: i64, before: &[i64], step: usize) -> Result<()> {
    let spread = before.iter().step_by(50).skip(step).step_by(STEPS).take(CHANGED_A_STEP);
    let delete: Vec<i64> = spread.copied().collect();
    let edit = json!({ "add": CHANGED_A_STEP, "delete": delete });
    seed::control(world.stack, Method::POST, &format!("/_mock/shops/{shop}/campaigns"), &edit).await.map(drop)
}

/// The campaigns whose settings were asked for.
async fn asked(world: &World, shop: i64) -> Result<BTreeSet<i64>> {
    let calls = world.calls(shop).await?;
    let settings =
        calls.iter().filter(|call| call["endpoint"] == "ads/get_product_level_campaign_setting_info");
    let ids = settings.flat_map(|call| call["ids"].as_array().into_iter().flatten());
    ids.map(|id| id.as_i64().context("an id is no number")).collect()
}

async fn listed_while_it_moves(world: &World, shop: i64) -> Result<Value> {
    let before = world.campaign_ids(shop).await?;
    world.sync(shop).await?;
    for step in 0..STEPS {
        let page = 2 + step * PAGES_A_STEP;
        world.eventually("the next pages", || async { Ok(pages(world, shop).await? >= page) }).await?;
        change(world, shop, &before, step).await?;
    }
    let changed = pages(world, shop).await?;
    world.eventually("the settings", || async { Ok(!asked(world, shop).await?.is_empty()) }).await?;
    let all = pages(world, shop).await?;
    ensure!(changed < all, "the list had ended when it was changed: {changed} of {all} pages");
    seed::latency(world.stack, 0).await?;
    ended(world, shop, 1).await
}

#[test]
fn a_list_that_moves_is_planned_without_gaps_and_repetitions() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(CAMPAIGNS).await?;
        world.settings(0, "app_calls_per_second = 500, shop_calls_per_second = 500").await?;
        let before = listed(&world, shop).await?;
        // Figures are for other tests: here there are none.
        let switches = json!({ "latency_ms": { "mean": PAGE_MS, "jitter": 0 }, "unknown_id": "omit", "data_as_of_ms": 0 });
        while_behaving(&world, switches, async {
            let receipt = listed_while_it_moves(&world, shop).await?;
            let now = listed(&world, shop).await?;
            let changed = STEPS * CHANGED_A_STEP;
            ensure!(before.difference(&now).count() == changed && now.difference(&before).count() == changed);

            let planned = asked(&world, shop).await?;
            let skipped: Vec<_> = before.intersection(&now).filter(|id| !planned.contains(id)).collect();
            ensure!(skipped.is_empty(), "skipped: {skipped:?}");
            // An id that was planned twice counts twice in the plan, and once here.
            ensure!(
                number(&receipt, "planned") == planned.len() as u64,
                "{receipt}, asked: {}",
                planned.len()
            );
            let gone = planned.difference(&now).count() as u64;
            ensure!(gone > 0 && number(&receipt, "vanished") == gone, "{receipt}, gone: {gone}");
            ensure!(number(&receipt, "written") + gone == planned.len() as u64, "{receipt}");
            let twice = demo::duplicates(world.stack, &seed::Shop::new(shop, CAMPAIGNS)).await?;
            ensure!(twice == 0, "{twice} rows are there twice");
            // What was made while the list was read is at its end, and was read too.
            all_right(&world, shop).await
        })
        .await
    });
}
