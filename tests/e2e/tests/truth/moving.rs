//! Campaigns come and go while they are listed.

use super::{all_right, listed, number, realtime, shop_of_pages, stored, while_behaving};
use anyhow::ensure;
use e2e::run_alone;
use serde_json::json;
use std::collections::BTreeSet;
use xtask::stack::Front;

const CAMPAIGNS: u32 = 320;

/// With each page a row slips to a page that was read before.
#[test]
fn nothing_is_skipped_while_campaigns_are_deleted_in_front() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        realtime(shop).await?;
        let before = listed(shop).await?;
        let switches = json!({ "id_list_shift": "drop", "unknown_id": "omit" });
        while_behaving(&world, switches, async {
            let receipt = realtime(shop).await?;
            let throughout = listed(shop).await?;
            let deleted: BTreeSet<i64> = before.difference(&throughout).copied().collect();
            ensure!(deleted.len() >= 6, "{deleted:?}");
            // What was deleted had been on the first page.
            ensure!(number(&receipt, "planned") == u64::from(CAMPAIGNS), "{receipt}");
            ensure!(number(&receipt, "vanished") == deleted.len() as u64, "{receipt}");
            ensure!(number(&receipt, "unchanged") == throughout.len() as u64, "{receipt}");
            ensure!(stored(shop, true).await? == deleted, "others have vanished than were deleted");
            all_right(shop).await
        })
        .await
    });
}

/// Where the platform refuses ids that it no longer has, they are set aside one by one, and the rest is written.
#[test]
fn nothing_is_skipped_where_deleted_campaigns_are_refused() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        let before = listed(shop).await?;
        let switches = json!({ "id_list_shift": "drop", "unknown_id": "refuse" });
        while_behaving(&world, switches, async {
            let receipt = realtime(shop).await?;
            let throughout = listed(shop).await?;
            ensure!(throughout.len() < before.len(), "nothing was deleted");
            let deleted = (before.len() - throughout.len()) as u64;
            ensure!(number(&receipt, "quarantined") == deleted, "{receipt}");
            ensure!(number(&receipt, "written") == throughout.len() as u64, "{receipt}");
            all_right(shop).await
        })
        .await
    });
}

/// With each page a row is seen twice, and one that nobody has seen is in front of what was read.
#[test]
fn nothing_is_planned_twice_while_campaigns_are_made_in_front() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        let before = listed(shop).await?;
        while_behaving(&world, json!({ "id_list_shift": "insert" }), async {
            let receipt = realtime(shop).await?;
            let made = listed(shop).await?.len() - before.len();
            ensure!(made >= 6, "{made} were made");
            ensure!(receipt["planned"] == CAMPAIGNS && receipt["written"] == CAMPAIGNS, "{receipt}");
            ensure!(stored(shop, false).await? == before, "others are stored than were there throughout");
            Ok(())
        })
        .await?;
        // The next sync finds what was made meanwhile.
        realtime(shop).await?;
        all_right(shop).await
    });
}
