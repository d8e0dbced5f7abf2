//! Runs that end well, and what they leave behind.

use anyhow::ensure;
use e2e::{World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

#[test]
fn a_chunked_run_writes_every_row_and_shows_its_chunks() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(335).await?;
        world.settings(shop, "dynamic_chunks = false").await?;
        let id = world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 335).await?;

        let (status, body) = world.get(&format!("/v1/runs/{id}")).await?;
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
        ensure!(
            status == 200 && of_stage("campaigns") == 4 && of_stage("performance") == performance,
            "{body}"
        );

        let rows = "SELECT stage, chunk_index, chunk_size FROM apishopee_ads_sync_queue \
                    WHERE shop_id = $1 AND is_chunk AND status = 'completed' AND stage = 'campaigns' ORDER BY chunk_index";
        let sizes: Vec<i32> = world.db.query(rows, &[&shop]).await?.iter().map(|row| row.get(2)).collect();
        ensure!(sizes == [100, 100, 100, 35], "{sizes:?}");
        let parent = "SELECT status = 'completed' AND (result ->> 'chunks')::int = 4 FROM apishopee_ads_sync_queue \
                      WHERE shop_id = $1 AND is_chunk IS NOT TRUE";
        ensure!(
            world.db.query_one(parent, &[&shop]).await?.get::<_, bool>(0),
            "the parent row does not say how many chunks"
        );
        Ok(())
    });
}

#[test]
fn a_second_sync_finds_nothing_to_write() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(120).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        let versions = "SELECT string_agg(xmin::text, ',' ORDER BY campaign_id) FROM apishopee_ads_campaign_data WHERE shop_id = $1";
        let before: String = world.db.query_one(versions, &[&shop]).await?.get(0);
        let second = world.sync(shop).await?;
        ensure!(second.ends_with("-2"), "{second}");
        let done =
            "SELECT status = 'completed' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        world.until("second run", done, &[&shop]).await?;
        let after: String = world.db.query_one(versions, &[&shop]).await?.get(0);
        ensure!(before == after, "unchanged rows were written");
        let receipt = "SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        let receipt: Value = world.db.query_one(receipt, &[&shop]).await?.get(0);
        ensure!(receipt["unchanged"] == 120 && receipt["written"] == 0, "{receipt}");
        Ok(())
    });
}

#[test]
fn a_second_kick_gets_the_run_that_is_active_and_ends_with_it() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(600).await?;
        let first = world.sync(shop).await?;
        let second = world.sync(shop).await?;
        ensure!(first == second, "{first} {second}");
        let all = "SELECT count(*) = 2 FROM apishopee_ads_sync_queue \
                   WHERE shop_id = $1 AND is_chunk IS NOT TRUE AND status = 'completed'";
        world.until("both jobs", all, &[&shop]).await?;
        world.check_rows(shop, 600).await
    });
}

#[test]
fn the_same_idempotency_key_makes_one_job() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(5).await?;
        let url = format!("{}/v1/shops/{shop}/sync", world.stack.worker.url);
        let kick = || {
            let request = world.stack.worker.http.request(Method::POST, &url);
            request
                .bearer_auth(&world.stack.secrets.operator_token)
                .header("Idempotency-Key", "once")
                .body("{}")
                .send()
        };
        let first: Value = kick().await?.json().await?;
        world.until_run(shop, "completed").await?;
        let second: Value = kick().await?.json().await?;
        ensure!(first["job_id"] == second["job_id"] && second["standing"] == "over", "{first} {second}");
        ensure!(world.count("apishopee_ads_sync_queue", shop).await? == 1);
        Ok(())
    });
}

#[test]
fn campaigns_that_vanish_during_a_run_are_accounted_for() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(450).await?;
        let path = format!("/_mock/shops/{shop}/truth?kind=campaigns");
        let truth = seed::control(world.stack, Method::GET, &path, &Value::Null).await?;
        let ids: Vec<Value> = truth
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(|row| row["campaign_id"].clone())
            .collect();
        let gone = json!([ids[3], ids[440]]);
        let fault = json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop, "ids": gone },
                            "kind": "error", "status": 200, "code": "ads.shop.campaign_not_match", "message": "gone" });
        seed::control(world.stack, Method::POST, "/_mock/faults", &fault).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        let receipt = "SELECT receipt FROM apishopee_ads_sync_runs WHERE shop_id = $1";
        let receipt: Value = world.db.query_one(receipt, &[&shop]).await?.get(0);
        ensure!(receipt["quarantined"] == 2 && receipt["written"] == 448, "{receipt}");
        ensure!(world.count("apishopee_ads_campaign_data", shop).await? == 448);
        Ok(())
    });
}

#[test]
fn a_failed_call_is_tried_again_and_a_dead_platform_fails_the_run() {
    run(Front::Worker, |world: World| async move {
        let fault = |shop: i64, times: Value| {
            json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop }, "kind": "status",
                    "status": 500, "times": times })
        };
        let healed = world.shop(250).await?;
        seed::control(world.stack, Method::POST, "/_mock/faults", &fault(healed, json!(2))).await?;
        world.sync(healed).await?;
        world.until_run(healed, "completed").await?;
        world.check_rows(healed, 250).await?;

        let broken = world.shop(250).await?;
        world.settings(broken, "max_attempts = 2, dynamic_chunks = false").await?;
        seed::control(world.stack, Method::POST, "/_mock/faults", &fault(broken, Value::Null)).await?;
        world.sync(broken).await?;
        world.until_run(broken, "failed").await?;
        let shown = "SELECT sync_stage = 'failed' AND NOT is_complete AND failed_chunks = '{0,1,2}' AND error_message <> '' \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("failed chunks in the progress row", shown, &[&broken]).await
    });
}

#[test]
fn chunks_that_fail_are_halved_until_what_fails_is_small() {
    run(Front::Worker, |world: World| async move {
        let shop = world.shop(250).await?;
        world.settings(shop, "max_attempts = 3").await?;
        let ids = world.campaign_ids(shop).await?;
        let fault = json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop,
                                       "ids": [ids[130]] }, "kind": "status", "status": 500 });
        world.fault(fault).await?;
        world.sync(shop).await?;
        world.until_run(shop, "failed").await?;
        let rows = "SELECT chunk_size, status FROM apishopee_ads_sync_queue \
                    WHERE shop_id = $1 AND is_chunk AND stage = 'campaigns' ORDER BY chunk_index";
        let rows = world.db.query(rows, &[&shop]).await?;
        let sizes: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
        let failed: Vec<i32> =
            rows.iter().filter(|row| row.get::<_, String>(1) == "failed").map(|row| row.get(0)).collect();
        // 100 → 50 and 50 → 25 and 25: the third failure is that of 25 campaigns.
        ensure!(failed == [25], "failed: {failed:?} of {sizes:?}");
        ensure!(sizes.iter().sum::<i32>() == 250 && sizes.iter().all(|size| *size >= 25), "{sizes:?}");
        let stored: i64 = world.count("apishopee_ads_campaign_data", shop).await?;
        ensure!(stored == 225, "{stored} campaigns are stored");
        let shown = "SELECT sync_stage = 'failed' AND cardinality(failed_chunks) = 1 AND synced_campaigns = 225 \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the failed chunk in the progress row", shown, &[&shop]).await
    });
}

#[test]
fn halves_of_a_failed_chunk_complete_a_run() {
    run(Front::Worker, |world: World| async move {
        let shop = world.shop(300).await?;
        world.settings(shop, "realtime_all_campaigns = true").await?;
        let ids = world.campaign_ids(shop).await?;
        let fault = json!({ "match": { "endpoint": "get_product_campaign_daily_performance", "shop": shop,
                                       "ids": [ids[30]] }, "kind": "status", "status": 503, "times": 2 });
        world.fault(fault).await?;
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 300).await?;
        let sizes = "SELECT sum(chunk_size)::int, min(chunk_size) FROM apishopee_ads_sync_queue \
                     WHERE shop_id = $1 AND is_chunk AND status = 'completed' AND stage = 'performance'";
        let row = world.db.query_one(sizes, &[&shop]).await?;
        let (sum, smallest): (i32, i32) = (row.get(0), row.get(1));
        ensure!(sum == 300 && (25..100).contains(&smallest), "{sum} {smallest}");
        Ok(())
    });
}
