//! What operators do in SQL while work is running.

use anyhow::{Result, ensure};
use e2e::{Shop, World, run};
use serde_json::json;
use xtask::stack::Front;

/// A run that is well under way and cannot end soon, since that many performance calls of its shop are held.
async fn slow_run(world: &World, held: u32) -> Result<Shop<'_>> {
    let shop = world.shop(900).await?;
    let slow = json!({ "match": { "endpoint": "get_product_campaign_daily_performance", "shop": shop.id }, "kind": "timeout",
                       "hold_ms": 2000, "times": held });
    world.fault(slow).await?;
    shop.sync().await?;
    shop.until_progress("the second stage", |progress| progress.stage == "syncing_performance").await?;
    Ok(shop)
}

#[test]
fn a_reset_stops_the_run_and_nothing_is_written_afterwards() {
    run(Front::Worker, |world| async move {
        let shop = slow_run(&world, 1_000).await?;
        shop.update("apishopee_ads_sync_progress", "sync_stage = 'idle', is_complete = false").await?;
        world
            .db
            .execute(
                "DELETE FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status = 'pending'",
                &[&shop.id],
            )
            .await?;
        let before = shop.count("apishopee_ads_performance_daily").await?;
        shop.until_run("cancelled").await?;
        ensure!(shop.count("apishopee_ads_performance_daily").await? == before, "rows came after the reset");
        ensure!(shop.progress().await?.stage == "idle", "the operators' row was changed");
        Ok(())
    });
}

#[test]
fn a_resync_after_deleting_the_progress_row_is_a_new_run() {
    run(Front::Worker, |world| async move {
        let shop = slow_run(&world, 16).await?;
        world.db.execute("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = $1", &[&shop.id]).await?;
        let job = shop.insert_job("realtime", json!({})).await?;
        world.tick("*/5 * * * *").await?;
        job.until("completed").await?;
        let runs = shop.runs().await?;
        ensure!(runs == ["cancelled", "completed"], "{runs:?}");
        shop.check_rows().await
    });
}
