//! Chunks shrink while they are slow and grow when they are fast.

use anyhow::{Result, ensure};
use e2e::{Shop, run_alone};
use xtask::{demo::seed, stack::Front};

/// Enough for chunks to grow back after they have shrunk, however many are under way when calls become fast.
const CAMPAIGNS: u32 = 2_400;
/// A call that is slower than a chunk is to be, in milliseconds.
const SLOW_MS: u32 = 3_500;

/// The sizes of a stage's chunks, in their order.
async fn sizes(shop: Shop<'_>, stage: &str) -> Result<Vec<i32>> {
    Ok(shop.chunks(stage).await?.iter().map(|chunk| chunk.size).collect())
}

#[test]
fn chunks_follow_the_time_that_they_take() {
    run_alone(Front::Worker, |world| async move {
        let (dynamic, fixed) = (world.shop(CAMPAIGNS).await?, world.shop(CAMPAIGNS).await?);
        world.settings("app_calls_per_second = 500, shop_calls_per_second = 500").await?;
        fixed.settings("dynamic_chunks = false").await?;
        for shop in [dynamic, fixed] {
            // Few chunks at once: each must be fast again when calls are.
            shop.settings("realtime_all_campaigns = true, window_chunks = 2").await?;
        }
        seed::latency(world.stack, SLOW_MS).await?;
        for shop in [dynamic, fixed] {
            shop.sync().await?;
        }
        let smaller = "SELECT min(chunk_size) BETWEEN 25 AND 60 FROM apishopee_ads_sync_queue \
                       WHERE shop_id = $1 AND is_chunk AND stage = 'campaigns'";
        world.until("smaller chunks", smaller, &[&dynamic.id]).await?;
        seed::latency(world.stack, 0).await?;
        for shop in [dynamic, fixed] {
            shop.until_run("completed").await?;
            shop.check_rows().await?;
        }

        let campaigns = sizes(dynamic, "campaigns").await?;
        println!("sizes: {campaigns:?}, then {:?}", sizes(dynamic, "performance").await?);
        ensure!(campaigns.first() == Some(&100), "the first chunk has the configured size: {campaigns:?}");
        for stage in ["campaigns", "performance"] {
            let of_stage = sizes(dynamic, stage).await?;
            ensure!(of_stage.iter().sum::<i32>().cast_unsigned() == CAMPAIGNS, "{stage}: {of_stage:?}");
            // The last one takes what is left.
            let whole = of_stage.split_last().map(|(_, rest)| rest).unwrap_or_default();
            ensure!(whole.iter().all(|size| (25..=100).contains(size)), "{stage}: {of_stage:?}");
            ensure!(sizes(fixed, stage).await? == [100; 24], "{stage}: {:?}", sizes(fixed, stage).await?);
        }
        let grows = |pair: &[i32]| pair.first() < pair.last();
        ensure!(campaigns.windows(2).any(grows), "they do not grow back: {campaigns:?}");
        let receipt = dynamic.run(1).receipt().await?;
        ensure!(receipt["planned"] == CAMPAIGNS && receipt["written"] == CAMPAIGNS, "{receipt}");
        ensure!(receipt["chunks"] == campaigns.len(), "{receipt}");
        Ok(())
    });
}
