//! Messages of an earlier release, and of a run that is over.

use super::{chunk, claimed, put, repeated};
use anyhow::ensure;
use e2e::run;
use serde_json::json;
use xtask::{demo::seed, stack::Front};

const CAMPAIGNS: u32 = 2_000;

#[test]
fn a_message_of_the_version_before_is_understood() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(30).await?;
        let job = claimed(shop).await?;
        let start = json!({ "v": 0, "shop_id": shop.id, "job_id": job.id, "asked_at_ms": 1 }).to_string();
        put(&world, "START", &[start]).await?;
        shop.until_run("completed").await?;
        shop.check_rows().await
    });
}

#[test]
fn messages_of_a_cancelled_run_do_nothing_to_the_next_one() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(CAMPAIGNS).await?;
        // One chunk after the other, so that there is time to cancel it.
        shop.settings("window_chunks = 1").await?;
        seed::latency(world.stack, 60).await?;
        let run = shop.sync().await?;
        shop.until_progress("the first chunk", |progress| progress.current_chunk >= 1).await?;
        run.ask("cancel").await?.expect(200)?;
        shop.until_run("cancelled").await?;
        run.until_settled().await?;
        let of_the_first = shop.calls().await?.len();

        let second = shop.sync().await?;
        ensure!(second.generation == 2, "{second}");
        let mut old = Vec::new();
        for stage in ["campaigns", "performance", "shop_totals"] {
            for index in 0..CAMPAIGNS / 100 {
                old.extend((1..=3).map(|attempt| chunk(shop, 1, stage, index.into(), attempt)));
            }
        }
        put(&world, "CHUNK", &old).await?;
        second.until("completed").await?;
        put(&world, "CHUNK", &old).await?;
        shop.check_rows().await?;

        let calls = repeated(&shop.calls().await?.split_off(of_the_first));
        ensure!(calls.is_empty(), "calls were made twice: {calls:?}");
        let receipt = second.receipt().await?;
        ensure!(receipt["retries"] == 0 && receipt["planned"] == CAMPAIGNS, "{receipt}");
        let kept = "SELECT count(*) FROM apishopee_ads_dead_letters WHERE body LIKE '%' || $1 || '%'";
        ensure!(world.value::<i64>(kept, &[&shop.to_string()]).await? == 0, "they are acknowledged");
        Ok(())
    });
}
