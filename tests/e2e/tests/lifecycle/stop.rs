//! Pause, resume, cancel, reset.

use super::{deeds, meanwhile, receipt, repeated_calls, under_way};
use anyhow::{Result, ensure};
use e2e::{World, run};
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_paused_run_makes_no_call_and_goes_on_where_it_stopped() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let id = under_way(&world, shop).await?;
        let (status, body) = world.ask(&id, "pause").await?;
        ensure!(status == 200 && body["state_before"] == "active", "{status} {body}");
        let shown = "SELECT waiting_reason LIKE 'paused%' AND waiting_until > now() FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the pause in the progress row", shown, &[&shop]).await?;
        world.until_settled(shop, &id).await?;
        let calls = world.calls(shop).await?.len();
        let (_, body) = world.get(&format!("/v1/runs/{id}")).await?;
        ensure!(body["live"]["state"] == "paused" && body["run"]["status"] == "running", "{body}");

        // However long it lasts, the sweep leaves it alone.
        let silent = "UPDATE apishopee_ads_sync_progress SET last_chunk_at = now() - interval '2 hours' WHERE shop_id = $1";
        world.db.execute(silent, &[&shop]).await?;
        world.stack.worker.tick("*/10 * * * *").await?;
        meanwhile(&world).await?;
        let woken: i32 = world
            .value("SELECT redrive_count FROM apishopee_ads_sync_progress WHERE shop_id = $1", &[&shop])
            .await?;
        ensure!(woken == 0, "the paused run counts as stuck");
        ensure!(world.calls(shop).await?.len() == calls, "calls were made while the run was paused");

        let (status, body) = world.ask(&id, "resume").await?;
        ensure!(status == 200 && body["state_before"] == "paused", "{status} {body}");
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 900).await?;
        let repeated = repeated_calls(&world, shop).await?;
        ensure!(repeated.iter().all(|call| call.contains("id_list")), "made twice: {repeated:?}");
        let waits: bool = world
            .value(
                "SELECT waiting_reason IS NOT NULL FROM apishopee_ads_sync_progress WHERE shop_id = $1",
                &[&shop],
            )
            .await?;
        ensure!(!waits, "the run is over and still waits");
        ensure!(deeds(&world, shop).await? == ["pause", "resume"]);
        Ok(())
    });
}

#[test]
fn a_direct_run_can_be_paused_too() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(200).await?;
        // Held once, so that there is time to pause it.
        world
            .fault(json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop },
                           "kind": "timeout", "hold_ms": 8000, "times": 1 }))
            .await?;
        let id = world.sync(shop).await?;
        world
            .eventually("the first chunk", || async {
                Ok(world
                    .calls(shop)
                    .await?
                    .iter()
                    .any(|call| call["ids"].as_array().is_some_and(|ids| !ids.is_empty())))
            })
            .await?;
        ensure!(world.ask(&id, "pause").await?.0 == 200);
        world.until_settled(shop, &id).await?;
        let calls = world.calls(shop).await?.len();
        meanwhile(&world).await?;
        ensure!(world.calls(shop).await?.len() == calls, "calls were made while the run was paused");
        ensure!(world.ask(&id, "resume").await?.0 == 200);
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 200).await
    });
}

#[test]
fn a_run_can_be_paused_while_it_lists() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(300).await?;
        world.settings(shop, "list_page_size = 50").await?;
        world
            .fault(json!({ "match": { "endpoint": "get_product_level_campaign_id_list", "shop": shop },
                           "kind": "status", "status": 502, "times": 3 }))
            .await?;
        let id = world.sync(shop).await?;
        let (status, body) = world.ask(&id, "pause").await?;
        ensure!(status == 200, "{status} {body}");
        world.until_settled(shop, &id).await?;
        meanwhile(&world).await?;
        let before = world.calls(shop).await?.len();
        meanwhile(&world).await?;
        ensure!(world.calls(shop).await?.len() == before, "pages were listed while the run was paused");
        ensure!(world.ask(&id, "resume").await?.0 == 200);
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 300).await
    });
}

/// Waits for the end of a stopped run and checks that nothing of it is written afterwards.
async fn nothing_follows(world: &World, shop: i64, id: &str) -> Result<()> {
    world.until_run(shop, "cancelled").await?;
    let idle =
        "SELECT sync_stage = 'idle' AND NOT is_complete FROM apishopee_ads_sync_progress WHERE shop_id = $1";
    world.until("the idle progress row", idle, &[&shop]).await?;
    let open = "SELECT count(*) = 0 FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status IN ('pending', 'processing')";
    world.until("the end of the run's rows", open, &[&shop]).await?;
    let rows = world.rows_of(shop).await?;
    world.until_settled(shop, id).await?;
    let calls = world.calls(shop).await?.len();
    meanwhile(world).await?;
    ensure!(world.calls(shop).await?.len() == calls, "calls were made for a run that was stopped");
    ensure!(world.rows_of(shop).await? == rows, "something was written for a run that was stopped");
    Ok(())
}

#[test]
fn a_cancelled_run_writes_nothing_more() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let id = under_way(&world, shop).await?;
        let (status, body) = world.ask(&id, "cancel").await?;
        ensure!(status == 200 && body["state_before"] == "active", "{status} {body}");
        nothing_follows(&world, shop, &id).await?;
        let why: String = world
            .value("SELECT error_message FROM apishopee_ads_sync_runs WHERE shop_id = $1", &[&shop])
            .await?;
        ensure!(why.contains("cancelled by operator:"), "{why}");
        ensure!(deeds(&world, shop).await? == ["cancel"]);
        // The shop is free for another run.
        ensure!(world.sync(shop).await? == format!("{shop}-2"));
        world.until_run(shop, "completed").await?;
        world.check_rows(shop, 900).await
    });
}

#[test]
fn a_paused_run_can_be_cancelled() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(500).await?;
        let id = under_way(&world, shop).await?;
        ensure!(world.ask(&id, "pause").await?.0 == 200);
        let (status, body) = world.ask(&id, "cancel").await?;
        ensure!(status == 200 && body["state_before"] == "paused", "{status} {body}");
        nothing_follows(&world, shop, &id).await?;
        ensure!(deeds(&world, shop).await? == ["pause", "cancel"]);
        Ok(())
    });
}

#[test]
fn a_reset_by_http_is_the_operators_reset() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let id = under_way(&world, shop).await?;
        let waiting = world.insert_job(shop, "backfill_full", json!({})).await?;
        let (status, body) = world.post(&format!("/v1/shops/{shop}/reset"), json!({})).await?;
        ensure!(status == 200 && body["reset"] == true, "{status} {body}");
        let gone: bool = world
            .value("SELECT count(*) = 0 FROM apishopee_ads_sync_queue WHERE id::text = $1", &[&waiting])
            .await?;
        ensure!(gone, "a waiting row is still there");
        nothing_follows(&world, shop, &id).await?;
        ensure!(deeds(&world, shop).await? == ["reset"]);
        world.sync(shop).await?;
        world.until_run(shop, "completed").await?;
        ensure!(receipt(&world, shop).await?["planned"] == 900);
        world.check_rows(shop, 900).await
    });
}
