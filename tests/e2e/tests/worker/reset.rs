//! What operators do in SQL while work is running.

use anyhow::{Result, ensure};
use e2e::{World, run};
use serde_json::json;
use xtask::stack::Front;

/// A run that is well under way and cannot end soon, since that many performance calls of its shop are held.
async fn slow_run(world: &World, held: u32) -> Result<i64> {
    let shop = world.shop(900).await?;
    let slow = json!({ "match": { "endpoint": "get_product_campaign_daily_performance", "shop": shop }, "kind": "timeout",
                       "hold_ms": 2000, "times": held });
    world.fault(slow).await?;
    world.sync(shop).await?;
    let under_way =
        "SELECT sync_stage = 'syncing_performance' FROM apishopee_ads_sync_progress WHERE shop_id = $1";
    world.until("the second stage", under_way, &[&shop]).await?;
    Ok(shop)
}

#[test]
fn a_reset_stops_the_run_and_nothing_is_written_afterwards() {
    run(Front::Worker, |world| async move {
        let shop = slow_run(&world, 1_000).await?;
        let reset = "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle', is_complete = false WHERE shop_id = $1";
        world.db.execute(reset, &[&shop]).await?;
        world
            .db
            .execute(
                "DELETE FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status = 'pending'",
                &[&shop],
            )
            .await?;
        let before = world.count("apishopee_ads_performance_daily", shop).await?;
        world.until_run(shop, "cancelled").await?;
        ensure!(
            world.count("apishopee_ads_performance_daily", shop).await? == before,
            "rows came after the reset"
        );
        let idle = "SELECT sync_stage = 'idle' FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        ensure!(
            world.db.query_one(idle, &[&shop]).await?.get::<_, bool>(0),
            "the operators' row was changed"
        );
        Ok(())
    });
}

#[test]
fn a_resync_after_deleting_the_progress_row_is_a_new_run() {
    run(Front::Worker, |world| async move {
        let shop = slow_run(&world, 16).await?;
        world.db.execute("DELETE FROM apishopee_ads_sync_progress WHERE shop_id = $1", &[&shop]).await?;
        let job = world.insert_job(shop, "realtime", json!({})).await?;
        world.stack.worker.tick("*/5 * * * *").await?;
        world.until_job(&job, "completed").await?;
        let runs = "SELECT string_agg(status, ',' ORDER BY generation) FROM apishopee_ads_sync_runs WHERE shop_id = $1";
        let runs: String = world.db.query_one(runs, &[&shop]).await?.get(0);
        ensure!(runs == "cancelled,completed", "{runs}");
        world.check_rows(shop, 900).await
    });
}
