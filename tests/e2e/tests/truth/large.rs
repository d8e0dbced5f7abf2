//! A large shop whose campaigns come and go while they are listed.

use super::{all_right, completed, listed, number, pages, realtime, stored, while_behaving};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, run_alone};
use serde_json::{Value, json};
use std::{collections::BTreeSet, ops::RangeInclusive};
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
/// more in front of the page that is next than pages overlap. Returns the ids that were deleted.
async fn change(shop: Shop<'_>, before: &[i64], step: usize) -> Result<BTreeSet<i64>> {
    let spread = before.iter().step_by(50).skip(step).step_by(STEPS).take(CHANGED_A_STEP);
    let delete: BTreeSet<i64> = spread.copied().collect();
    let edit = json!({ "add": CHANGED_A_STEP, "delete": delete });
    shop.change_campaigns(edit).await?;
    Ok(delete)
}

/// The campaigns whose settings were asked for; only those of answered calls, if wanted.
async fn asked(shop: Shop<'_>, answered: bool) -> Result<BTreeSet<i64>> {
    let calls = shop.calls_to("ads/get_product_level_campaign_setting_info").await?;
    let calls = calls.iter().filter(|call| !answered || !call["status"].is_null());
    let ids = calls.flat_map(|call| call["ids"].as_array().into_iter().flatten());
    ids.map(|id| id.as_i64().context("an id is no number")).collect()
}

/// What came of a run, and of how many campaigns the settings were read before they were deleted: at least and at most,
/// as a call may have been on its way.
struct Moved {
    receipt: Value,
    read_before: RangeInclusive<u64>,
}

async fn listed_while_it_moves(shop: Shop<'_>) -> Result<Moved> {
    let before = shop.campaign_ids().await?;
    let run = shop.sync().await?;
    let (mut least, mut most) = (0, 0);
    for step in 0..STEPS {
        let page = 2 + step * PAGES_A_STEP;
        shop.world.eventually("the next pages", || async { Ok(pages(shop).await? >= page) }).await?;
        let answered = asked(shop, true).await?;
        let deleted = change(shop, &before, step).await?;
        least += answered.intersection(&deleted).count() as u64;
        most += asked(shop, false).await?.intersection(&deleted).count() as u64;
    }
    let changed = pages(shop).await?;
    seed::latency(shop.world.stack, 0).await?;
    let receipt = completed(run).await?;
    let all = pages(shop).await?;
    ensure!(changed < all, "the list had ended when it was changed: {changed} of {all} pages");
    Ok(Moved { receipt, read_before: least..=most })
}

#[test]
fn a_list_that_moves_is_planned_without_gaps_and_repetitions() {
    run_alone(Front::Worker, |world| async move {
        let shop = world.shop(CAMPAIGNS).await?;
        world.settings("app_calls_per_second = 500, shop_calls_per_second = 500").await?;
        let before = listed(shop).await?;
        // Figures are for other tests: here there are none.
        let switches = json!({ "latency_ms": { "mean": PAGE_MS, "jitter": 0 }, "unknown_id": "omit", "data_as_of_ms": 0 });
        while_behaving(&world, switches, async {
            let Moved { receipt, read_before } = listed_while_it_moves(shop).await?;
            let now = listed(shop).await?;
            let changed = STEPS * CHANGED_A_STEP;
            ensure!(before.difference(&now).count() == changed && now.difference(&before).count() == changed);

            let planned = asked(shop, false).await?;
            let skipped: Vec<_> = before.intersection(&now).filter(|id| !planned.contains(id)).collect();
            ensure!(skipped.is_empty(), "skipped: {skipped:?}");
            // An id that was planned twice counts twice in the plan, and once here.
            ensure!(
                number(&receipt, "planned") == planned.len() as u64,
                "{receipt}, asked: {}",
                planned.len()
            );
            let gone = planned.difference(&now).count() as u64;
            let vanished = number(&receipt, "vanished");
            ensure!(vanished > 0 && vanished <= gone, "{receipt}, gone: {gone}");
            ensure!(
                read_before.contains(&(gone - vanished)),
                "{receipt}, gone: {gone}, read: {read_before:?}"
            );
            ensure!(number(&receipt, "written") + vanished == planned.len() as u64, "{receipt}");
            let twice = demo::duplicates(world.stack, &seed::Shop::new(shop.id, CAMPAIGNS)).await?;
            ensure!(twice == 0, "{twice} rows are there twice");
            // What was made while the list was read is at its end, and was read too.
            let kept = stored(shop, false).await?;
            let left: BTreeSet<_> = kept.difference(&now).copied().collect();
            ensure!(
                left.len() as u64 == gone - vanished && left.is_subset(&before),
                "too many are kept: {left:?}"
            );
            ensure!(now.is_subset(&kept), "some are missing");
            // The next run finds what was deleted after it was read.
            realtime(shop).await?;
            all_right(shop).await
        })
        .await
    });
}
