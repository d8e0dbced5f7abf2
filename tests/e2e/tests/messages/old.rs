//! Messages of an earlier release, and of a run that is over.

use super::{chunk, claimed, put, repeated};
use anyhow::ensure;
use e2e::run;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const CAMPAIGNS: u32 = 2_000;

#[test]
fn a_message_of_the_version_before_is_understood() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(30).await?;
        let job = claimed(&world, shop).await?;
        let start = json!({ "v": 0, "shop_id": shop, "job_id": job, "asked_at_ms": 1 }).to_string();
        put(&world, "START", &[start]).await?;
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 30).await
    });
}

#[test]
fn messages_of_a_cancelled_run_do_nothing_to_the_next_one() {
    run(Front::QueueTap, |world| async move {
        let shop = world.shop(CAMPAIGNS).await?;
        // One chunk after the other, so that there is time to cancel it.
        world.settings(shop, "window_chunks = 1").await?;
        seed::latency(world.stack, 60).await?;
        let id = world.sync(shop).await?;
        let under_way = "SELECT current_chunk >= 1 FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the first chunk", under_way, &[&shop]).await?;
        ensure!(world.ask(&id, "cancel").await?.0 == 200);
        world.until_run(shop, "cancelled").await?;
        world.until_settled(shop, &id).await?;
        let of_the_first = world.calls(shop).await?.len();

        let second = world.sync(shop).await?;
        ensure!(second == format!("{shop}-2"), "{second}");
        let mut old = Vec::new();
        for stage in ["campaigns", "performance", "shop_totals"] {
            for index in 0..CAMPAIGNS / 100 {
                old.extend((1..=3).map(|attempt| chunk(shop, 1, stage, index.into(), attempt)));
            }
        }
        put(&world, "CHUNK", &old).await?;
        world.until_run(shop, "completed").await?;
        put(&world, "CHUNK", &old).await?;
        world.check_rows(shop, CAMPAIGNS).await?;

        let calls = repeated(&world.calls(shop).await?.split_off(of_the_first));
        ensure!(calls.is_empty(), "calls were made twice: {calls:?}");
        let receipt = "SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        let receipt: Value = world.value(receipt, &[&shop]).await?;
        ensure!(receipt["retries"] == 0 && receipt["planned"] == CAMPAIGNS, "{receipt}");
        let kept = "SELECT count(*) FROM apishopee_ads_dead_letters WHERE body LIKE '%' || $1 || '%'";
        ensure!(world.value::<i64>(kept, &[&shop.to_string()]).await? == 0, "they are acknowledged");
        Ok(())
    });
}
