//! The two schedules that queue every shop.

mod thousand;

use anyhow::ensure;
use e2e::run;
use xtask::stack::Front;

const QUEUE_PROCESSOR: &str = "*/5 * * * *";

#[test]
fn the_sync_and_backfill_jobs_queue_every_shop_once() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(10).await?;
        let jobs = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND is_chunk IS NOT TRUE AND sync_type = $2";
        world.tick("*/15 * * * *").await?;
        world.tick("*/15 * * * *").await?;
        let queued: i64 = world.db.query_one(jobs, &[&shop.id, &"realtime"]).await?.get(0);
        ensure!(queued == 1, "{queued} jobs");
        world.tick(QUEUE_PROCESSOR).await?;
        shop.until_run("completed").await?;
        let over = "SELECT bool_and(status = 'completed') FROM apishopee_ads_sync_queue WHERE shop_id = $1";
        world.until("the job's end", over, &[&shop.id]).await?;
        world.tick("0 19 * * *").await?;
        let queued: i64 = world.db.query_one(jobs, &[&shop.id, &"backfill_full"]).await?.get(0);
        ensure!(queued == 1, "{queued} backfills");
        Ok(())
    });
}
