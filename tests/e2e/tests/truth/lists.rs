//! How the platform pages the list of campaigns.

use super::{all_right, pages, realtime, shop_of_pages, while_behaving};
use anyhow::{Result, ensure};
use e2e::{World, run_alone};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Pages of 50 that overlap by 5, and one that is not full.
const CAMPAIGNS: u32 = 320;

/// Syncs a new shop under the switches; every campaign is planned once. Answers with the number of pages.
async fn planned_once(world: &World, switches: Value) -> Result<usize> {
    let shop = shop_of_pages(world, CAMPAIGNS).await?;
    while_behaving(world, switches, async {
        let receipt = realtime(shop).await?;
        ensure!(receipt["planned"] == CAMPAIGNS && receipt["written"] == CAMPAIGNS, "{receipt}");
        all_right(shop).await
    })
    .await?;
    pages(shop).await
}

#[test]
fn campaigns_that_come_again_on_the_next_page_are_planned_once() {
    run_alone(Front::Worker, |world| async move {
        let plain = planned_once(&world, json!({})).await?;
        let repeating = planned_once(&world, json!({ "id_list_duplicates": true })).await?;
        // Each page begins earlier than the one before, so that it takes longer to get to the end.
        ensure!(plain >= 7 && repeating >= plain, "{plain} pages, with repetitions {repeating}");
        Ok(())
    });
}

#[test]
fn a_list_that_says_that_there_is_always_more_comes_to_its_end() {
    run_alone(Front::Worker, |world| async move {
        let pages = planned_once(&world, json!({ "id_list_endless": true })).await?;
        ensure!((8..=9).contains(&pages), "{pages} pages");
        Ok(())
    });
}

#[test]
fn an_empty_list_may_be_missing_or_null() {
    run_alone(Front::Worker, |world| async move {
        for empty in ["array", "missing", "null"] {
            let (none, few) = (world.shop(0).await?, world.shop(3).await?);
            // Pages of one row do not overlap: the last one is empty where the list never says that it has ended.
            few.settings("list_page_size = 1").await?;
            let switches = json!({ "empty_campaign_list": empty, "id_list_endless": true });
            while_behaving(&world, switches, async {
                for (shop, planned, calls) in [(none, 0, 1), (few, 3, 4)] {
                    let receipt = realtime(shop).await?;
                    ensure!(receipt["planned"] == planned, "{receipt}");
                    ensure!(pages(shop).await? == calls, "{} pages", pages(shop).await?);
                    all_right(shop).await?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    });
}

/// Some clients page with `page_no`, which the platform ignores, or may refuse: this one must not use it.
#[test]
fn pages_are_not_asked_for_by_number() {
    run_alone(Front::Worker, |world| async move {
        for ignored in [true, false] {
            planned_once(&world, json!({ "ignore_page_no": ignored })).await?;
        }
        Ok(())
    });
}
