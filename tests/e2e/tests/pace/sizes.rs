//! Chunks shrink while they are slow and grow when they are fast.

use anyhow::{Result, ensure};
use e2e::{World, run_alone};
use serde_json::Value;
use xtask::{demo::seed, stack::Front};

/// Enough for chunks to grow back after they have shrunk, however many are under way when calls become fast.
const CAMPAIGNS: u32 = 2_400;
/// A call that is slower than a chunk is to be, in milliseconds.
const SLOW_MS: u32 = 3_500;

/// The sizes of a stage's chunks, in their order.
async fn sizes(world: &World, shop: i64, stage: &str) -> Result<Vec<i32>> {
    let rows = "SELECT chunk_size FROM apishopee_ads_sync_queue \
                WHERE shop_id = $1 AND is_chunk AND stage = $2 ORDER BY chunk_index";
    Ok(world.db.query(rows, &[&shop, &stage]).await?.iter().map(|row| row.get(0)).collect())
}

#[test]
fn chunks_follow_the_time_that_they_take() {
    run_alone(Front::Worker, |world| async move {
        let (dynamic, fixed) = (world.shop(CAMPAIGNS).await?, world.shop(CAMPAIGNS).await?);
        world.settings(0, "app_calls_per_second = 500, shop_calls_per_second = 500").await?;
        world.settings(fixed, "dynamic_chunks = false").await?;
        for shop in [dynamic, fixed] {
            // Few chunks at once: each must be fast again when calls are.
            world.settings(shop, "realtime_all_campaigns = true, window_chunks = 2").await?;
        }
        seed::latency(world.stack, SLOW_MS).await?;
        for shop in [dynamic, fixed] {
            world.sync(shop).await?;
        }
        let smaller = "SELECT min(chunk_size) BETWEEN 25 AND 60 FROM apishopee_ads_sync_queue \
                       WHERE shop_id = $1 AND is_chunk AND stage = 'campaigns'";
        world.until("smaller chunks", smaller, &[&dynamic]).await?;
        seed::latency(world.stack, 0).await?;
        for shop in [dynamic, fixed] {
            world.until_run(shop, "completed").await?;
            world.check_rows(shop, CAMPAIGNS).await?;
        }

        let campaigns = sizes(&world, dynamic, "campaigns").await?;
        println!("sizes: {campaigns:?}, then {:?}", sizes(&world, dynamic, "performance").await?);
        ensure!(campaigns.first() == Some(&100), "the first chunk has the configured size: {campaigns:?}");
        for stage in ["campaigns", "performance"] {
            let of_stage = sizes(&world, dynamic, stage).await?;
            ensure!(of_stage.iter().sum::<i32>().cast_unsigned() == CAMPAIGNS, "{stage}: {of_stage:?}");
            // The last one takes what is left.
            let whole = of_stage.split_last().map(|(_, rest)| rest).unwrap_or_default();
            ensure!(whole.iter().all(|size| (25..=100).contains(size)), "{stage}: {of_stage:?}");
            ensure!(
                sizes(&world, fixed, stage).await? == [100; 24],
                "{stage}: {:?}",
                sizes(&world, fixed, stage).await?
            );
        }
        let grows = |pair: &[i32]| pair.first() < pair.last();
        ensure!(campaigns.windows(2).any(grows), "they do not grow back: {campaigns:?}");
        let receipt: Value = world
            .value("SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1", &[&dynamic])
            .await?;
        ensure!(receipt["planned"] == CAMPAIGNS && receipt["written"] == CAMPAIGNS, "{receipt}");
        ensure!(receipt["chunks"] == campaigns.len(), "{receipt}");
        Ok(())
    });
}
