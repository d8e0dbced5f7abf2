//! All switches at once that do not exclude each other.

use super::{all_right, listed, number, realtime, shop_of_pages, stored, synced, while_behaving};
use anyhow::{Result, ensure};
use e2e::{World, run_alone};
use serde_json::{Value, json};
use xtask::stack::Front;

const CAMPAIGNS: u32 = 320;

/// Everything but the moving list and the missing figures, with which rows cannot be right at once.
fn odd(empty: &str, no_traffic: &str) -> Value {
    json!({ "id_list_duplicates": true, "id_list_endless": true, "empty_campaign_list": empty, "ignore_page_no": false,
            "performance_container": "array", "no_traffic": no_traffic, "strict_same_dates": true, "restatement": 2,
            "unknown_id": "omit" })
}

async fn all_at_once(world: &World, switches: Value, shift: &str) -> Result<()> {
    let (shop, none) = (shop_of_pages(world, CAMPAIGNS).await?, world.shop(0).await?);
    let before = listed(shop).await?;
    while_behaving(world, switches, async {
        realtime(none).await?;
        all_right(none).await?;
        let moving = json!({ "id_list_shift": shift, "partial_warning": true });
        while_behaving(world, moving, async {
            let receipt = realtime(shop).await?;
            ensure!(number(&receipt, "partial_chunks") > 0, "{receipt}");
            let now = listed(shop).await?;
            ensure!(now != before, "the list stood still");
            let stored = stored(shop, false).await?;
            ensure!(before.intersection(&now).all(|id| stored.contains(id)), "a campaign was skipped");
            Ok(())
        })
        .await?;
        realtime(shop).await?;
        all_right(shop).await?;
        synced(shop, json!({ "kind": "backfill_day", "days_ago": 3 })).await?;
        all_right(shop).await
    })
    .await
}

#[test]
fn everything_odd_at_once_and_every_row_is_right() {
    run_alone(Front::Worker, |world| async move {
        all_at_once(&world, odd("missing", "omit"), "drop").await?;
        all_at_once(&world, odd("null", "zero_rows"), "insert").await
    });
}
