//! Verbs for all that matches a filter.

use anyhow::{Context, Result, ensure};
use e2e::{World, run, run_quiet};
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

#[test]
fn all_runs_under_way_are_cancelled_at_once() {
    run_quiet(Front::Worker, |world| async move {
        seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 500, "jitter": 0 } })).await?;
        let shops = [world.shop(300).await?, world.shop(300).await?];
        for shop in &shops {
            shop.sync().await?;
        }
        let report = world.post("/v1/runs/cancel", json!({ "kind": "realtime" })).await?.expect(200)?;
        ensure!(report["done"] == 2 && report["refused"] == 0, "{report}");
        for shop in &shops {
            shop.until_run("cancelled").await?;
        }
        let none = world.post("/v1/runs/cancel", json!({ "kind": "realtime" })).await?;
        none.refused_field(422, "filter")?;
        world
            .post("/v1/runs/retry", json!({ "shop_id": shops[0].id }))
            .await?
            .refused_field(422, "filter")?;
        Ok(())
    });
}

#[test]
fn a_filter_must_say_something_that_can_be() {
    run(Front::Worker, |world| async move {
        for path in ["/v1/runs/cancel", "/v1/runs/retry"] {
            world.post(path, json!({})).await?.refused(400, "invalid_body")?;
            world.post(path, json!({ "kind": "all" })).await?.refused_field(400, "kind")?;
            world.post(path, json!({ "status": "failed" })).await?.refused_field(400, "status")?;
            world.post(path, json!({ "shop_id": 0 })).await?.refused_field(400, "shop_id")?;
        }
        world
            .post("/v1/dead-letters/replay", json!({ "queue": "no-such" }))
            .await?
            .refused_field(422, "filter")?;
        Ok(())
    });
}

#[test]
fn more_than_the_bound_is_refused_and_nothing_is_done() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let insert = "INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status) \
                      SELECT $1, -g, 'realtime', 'sql', 'failed' FROM generate_series(1, 51) g";
        world.db.execute(insert, &[&shop.id]).await?;
        let answer = world.post("/v1/runs/retry", json!({ "shop_id": shop.id })).await?;
        let body = answer.refused_field(422, "filter")?;
        ensure!(body["detail"].as_str().is_some_and(|detail| detail.contains("50")), "{body}");
        let jobs = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1";
        ensure!(world.value::<i64>(jobs, &[&shop.id]).await? == 0);
        Ok(())
    });
}

async fn letter(world: &World, queue: &str) -> Result<String> {
    let insert = "INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason) \
                  VALUES ($1, gen_random_uuid()::text, '{}', 'a test') RETURNING id::text";
    world.value(insert, &[&queue]).await
}

#[test]
fn letters_that_match_are_reported_one_by_one() {
    run(Front::Worker, |world| async move {
        let ids = [letter(&world, "queue-of-bulk").await?, letter(&world, "queue-of-bulk").await?];
        let listed = world.items("/v1/dead-letters?queue=queue-of-bulk&waiting=true").await?;
        ensure!(listed.len() == 2, "{listed:?}");
        let report =
            world.post("/v1/dead-letters/replay", json!({ "queue": "queue-of-bulk" })).await?.expect(200)?;
        let items = report["items"].as_array().context("no list")?;
        let refused = |item: &Value| {
            item["done"] == false
                && item["code"] == "unreadable"
                && ids.iter().any(|id| item["id"] == id.as_str())
        };
        ensure!(items.len() == 2 && items.iter().all(refused) && report["refused"] == 2, "{report}");
        Ok(())
    });
}
