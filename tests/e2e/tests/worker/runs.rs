//! Runs that end well, and what they leave behind.

use anyhow::ensure;
use e2e::{Chunk, Shop, World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

#[test]
fn a_chunked_run_writes_every_row_and_shows_its_chunks() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(335).await?;
        shop.settings("dynamic_chunks = false").await?;
        let run = shop.sync().await?;
        run.until("completed").await?;
        shop.check_rows().await?;

        let body = run.shown().await?;
        let of_stage = |stage: &str| -> usize {
            let chunks = body["chunks"].as_array().map(Vec::as_slice).unwrap_or_default();
            chunks.iter().filter(|chunk| chunk["key"]["stage"] == stage).count()
        };
        let receipt = &body["run"]["receipt"];
        let number = |name: &str| receipt[name].as_u64().unwrap_or(0);
        let (fetched, left_out) = (number("performance_accounted"), number("performance_left_out"));
        ensure!(number("planned") == 335 && body["run"]["mode"] == "chunked", "{body}");
        ensure!(fetched > 100 && left_out > 50 && fetched + left_out == 335, "{receipt}");
        let performance = usize::try_from(fetched.div_ceil(100))?;
        ensure!(of_stage("campaigns") == 4 && of_stage("performance") == performance, "{body}");

        let chunks = shop.chunks("campaigns").await?;
        ensure!(chunks.iter().map(|chunk| chunk.size).eq([100, 100, 100, 35]), "{chunks:?}");
        ensure!(chunks.iter().all(|chunk| chunk.status == "completed"), "{chunks:?}");
        let parent = "SELECT status = 'completed' AND (result ->> 'chunks')::int = 4 FROM apishopee_ads_sync_queue \
                      WHERE shop_id = $1 AND is_chunk IS NOT TRUE";
        ensure!(
            world.db.query_one(parent, &[&shop.id]).await?.get::<_, bool>(0),
            "the parent row does not say how many chunks"
        );
        Ok(())
    });
}

#[test]
fn a_second_sync_finds_nothing_to_write() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(120).await?;
        shop.sync_to_end().await?;
        let versions = "SELECT string_agg(xmin::text, ',' ORDER BY campaign_id) FROM apishopee_ads_campaign_data WHERE shop_id = $1";
        let before: String = world.db.query_one(versions, &[&shop.id]).await?.get(0);
        let second = shop.sync_to_end().await?;
        ensure!(second.generation == 2, "{second}");
        let after: String = world.db.query_one(versions, &[&shop.id]).await?.get(0);
        ensure!(before == after, "unchanged rows were written");
        let receipt = second.receipt().await?;
        ensure!(receipt["unchanged"] == 120 && receipt["written"] == 0, "{receipt}");
        Ok(())
    });
}

#[test]
fn a_second_kick_gets_the_run_that_is_active_and_ends_with_it() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(600).await?;
        let first = shop.sync().await?;
        let second = shop.sync().await?;
        ensure!(first.generation == second.generation, "{first} {second}");
        let all = "SELECT count(*) = 2 FROM apishopee_ads_sync_queue \
                   WHERE shop_id = $1 AND is_chunk IS NOT TRUE AND status = 'completed'";
        world.until("both jobs", all, &[&shop.id]).await?;
        shop.check_rows().await
    });
}

#[test]
fn the_same_idempotency_key_makes_one_job() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(5).await?;
        let path = format!("/v1/shops/{shop}/sync");
        let kick = || {
            let request = world.request(Method::POST, &path).header("Idempotency-Key", "once");
            request.text("{}".to_owned()).send()
        };
        let first = kick().await?.body;
        shop.until_run("completed").await?;
        let second = kick().await?.body;
        ensure!(first["job_id"] == second["job_id"] && second["standing"] == "over", "{first} {second}");
        ensure!(shop.count("apishopee_ads_sync_queue").await? == 1);
        Ok(())
    });
}

#[test]
fn campaigns_that_vanish_during_a_run_are_accounted_for() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(450).await?;
        let ids: Vec<Value> =
            shop.campaigns_at_shopee().await?.iter().map(|row| row["campaign_id"].clone()).collect();
        let gone = json!([ids[3], ids[440]]);
        let fault = json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop.id, "ids": gone },
                            "kind": "error", "status": 200, "code": "ads.shop.campaign_not_match", "message": "gone" });
        world.fault(fault).await?;
        shop.sync_to_end().await?;
        let receipt = shop.run(1).receipt().await?;
        ensure!(receipt["quarantined"] == 2 && receipt["written"] == 448, "{receipt}");
        ensure!(shop.count("apishopee_ads_campaign_data").await? == 448);
        Ok(())
    });
}

#[test]
fn a_failed_call_is_tried_again_and_a_dead_platform_fails_the_run() {
    run(Front::Worker, |world: World| async move {
        let fault = |shop: Shop<'_>, times: Value| {
            json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop.id }, "kind": "status",
                    "status": 500, "times": times })
        };
        let healed = world.shop(250).await?;
        world.fault(fault(healed, json!(2))).await?;
        healed.sync_to_end().await?;
        healed.check_rows().await?;

        let broken = world.shop(250).await?;
        broken.settings("max_attempts = 2, dynamic_chunks = false").await?;
        world.fault(fault(broken, Value::Null)).await?;
        broken.sync().await?;
        broken.until_run("failed").await?;
        broken
            .until_progress("the failed chunks", |progress| {
                let has_failed = progress.stage == "failed" && !progress.is_complete;
                has_failed && progress.failed_chunks == [0, 1, 2] && !progress.error.is_empty()
            })
            .await
    });
}

#[test]
fn chunks_that_fail_are_halved_until_what_fails_is_small() {
    run(Front::Worker, |world: World| async move {
        let shop = world.shop(250).await?;
        shop.settings("max_attempts = 3").await?;
        let ids = shop.campaign_ids().await?;
        let fault = json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop.id,
                                       "ids": [ids[130]] }, "kind": "status", "status": 500 });
        world.fault(fault).await?;
        shop.sync().await?;
        shop.until_run("failed").await?;
        let chunks = shop.chunks("campaigns").await?;
        let sizes: Vec<i32> = chunks.iter().map(|chunk| chunk.size).collect();
        let has_failed = |chunk: &&Chunk| chunk.status == "failed";
        let failed: Vec<i32> = chunks.iter().filter(has_failed).map(|chunk| chunk.size).collect();
        // 100 → 50 and 50 → 25 and 25: the third failure is that of 25 campaigns.
        ensure!(failed == [25], "failed: {failed:?} of {sizes:?}");
        ensure!(sizes.iter().sum::<i32>() == 250 && sizes.iter().all(|size| *size >= 25), "{sizes:?}");
        let stored: i64 = shop.count("apishopee_ads_campaign_data").await?;
        ensure!(stored == 225, "{stored} campaigns are stored");
        shop.until_progress("the failed chunk", |progress| {
            let has_failed = progress.stage == "failed" && progress.failed_chunks.len() == 1;
            has_failed && progress.synced_campaigns == 225
        })
        .await
    });
}

#[test]
fn halves_of_a_failed_chunk_complete_a_run() {
    run(Front::Worker, |world: World| async move {
        let shop = world.shop(300).await?;
        shop.settings("realtime_all_campaigns = true").await?;
        let ids = shop.campaign_ids().await?;
        let fault = json!({ "match": { "endpoint": "get_product_campaign_daily_performance", "shop": shop.id,
                                       "ids": [ids[30]] }, "kind": "status", "status": 503, "times": 2 });
        world.fault(fault).await?;
        shop.sync_to_end().await?;
        shop.check_rows().await?;
        let mut chunks = shop.chunks("performance").await?;
        chunks.retain(|chunk| chunk.status == "completed");
        let (sum, smallest) =
            (chunks.iter().map(|chunk| chunk.size).sum::<i32>(), chunks.iter().map(|chunk| chunk.size).min());
        ensure!(sum == 300 && smallest.is_some_and(|size| (25..100).contains(&size)), "{chunks:?}");
        Ok(())
    });
}
