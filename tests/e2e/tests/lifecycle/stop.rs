//! Pause, resume, cancel, reset.

use super::{audited_actions, meanwhile, repeated_calls, under_way};
use anyhow::{Result, ensure};
use e2e::{Run, run};
use serde_json::json;
use xtask::stack::Front;

#[test]
fn a_paused_run_makes_no_call_and_goes_on_where_it_stopped() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let run = under_way(shop).await?;
        let body = run.ask("pause").await?.expect(200)?;
        ensure!(body["state_before"] == "active", "{body}");
        shop.until_progress("the pause", |progress| {
            progress.waits_for.starts_with("paused") && progress.is_waiting
        })
        .await?;
        run.until_settled().await?;
        let calls = shop.calls().await?.len();
        let body = run.shown().await?;
        ensure!(body["live"]["state"] == "paused" && body["run"]["status"] == "running", "{body}");

        // However long it lasts, the sweep leaves it alone.
        shop.update("apishopee_ads_sync_progress", "last_chunk_at = now() - interval '2 hours'").await?;
        world.tick("*/10 * * * *").await?;
        meanwhile(&world).await?;
        ensure!(shop.progress().await?.redrive_count == 0, "the paused run counts as stuck");
        ensure!(shop.calls().await?.len() == calls, "calls were made while the run was paused");

        let body = run.ask("resume").await?.expect(200)?;
        ensure!(body["state_before"] == "paused", "{body}");
        shop.until_run("completed").await?;
        shop.check_rows().await?;
        let repeated = repeated_calls(shop).await?;
        ensure!(repeated.iter().all(|call| call.contains("id_list")), "made twice: {repeated:?}");
        ensure!(shop.progress().await?.waits_for.is_empty(), "the run is over and still waits");
        ensure!(audited_actions(shop).await? == ["pause", "resume"]);
        Ok(())
    });
}

#[test]
fn a_direct_run_can_be_paused_too() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(200).await?;
        // Held once, so that there is time to pause it.
        world
            .fault(
                json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "shop": shop.id },
                           "kind": "timeout", "hold_ms": 8000, "times": 1 }),
            )
            .await?;
        let run = shop.sync().await?;
        world
            .eventually("the first chunk", || async {
                Ok(shop
                    .calls()
                    .await?
                    .iter()
                    .any(|call| call["ids"].as_array().is_some_and(|ids| !ids.is_empty())))
            })
            .await?;
        run.ask("pause").await?.expect(200)?;
        run.until_settled().await?;
        let calls = shop.calls().await?.len();
        meanwhile(&world).await?;
        ensure!(shop.calls().await?.len() == calls, "calls were made while the run was paused");
        run.ask("resume").await?.expect(200)?;
        shop.until_run("completed").await?;
        shop.check_rows().await
    });
}

#[test]
fn a_run_can_be_paused_while_it_lists() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(300).await?;
        shop.settings("list_page_size = 50").await?;
        world
            .fault(json!({ "match": { "endpoint": "get_product_level_campaign_id_list", "shop": shop.id },
                           "kind": "status", "status": 502, "times": 3 }))
            .await?;
        let run = shop.sync().await?;
        run.ask("pause").await?.expect(200)?;
        run.until_settled().await?;
        meanwhile(&world).await?;
        let before = shop.calls().await?.len();
        meanwhile(&world).await?;
        ensure!(shop.calls().await?.len() == before, "pages were listed while the run was paused");
        run.ask("resume").await?.expect(200)?;
        shop.until_run("completed").await?;
        shop.check_rows().await
    });
}

/// Waits for the end of a stopped run and checks that nothing of it is written afterwards.
async fn nothing_follows(run: &Run<'_>) -> Result<()> {
    let shop = run.shop;
    run.until("cancelled").await?;
    shop.until_progress("nothing under way", |progress| progress.stage == "idle" && !progress.is_complete)
        .await?;
    let open = "SELECT count(*) = 0 FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status IN ('pending', 'processing')";
    shop.world.until("the end of the run's rows", open, &[&shop.id]).await?;
    let rows = shop.rows().await?;
    run.until_settled().await?;
    let calls = shop.calls().await?.len();
    meanwhile(shop.world).await?;
    ensure!(shop.calls().await?.len() == calls, "calls were made for a run that was stopped");
    ensure!(shop.rows().await? == rows, "something was written for a run that was stopped");
    Ok(())
}

#[test]
fn a_cancelled_run_writes_nothing_more() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let run = under_way(shop).await?;
        let body = run.ask("cancel").await?.expect(200)?;
        ensure!(body["state_before"] == "active", "{body}");
        nothing_follows(&run).await?;
        let why = run.error().await?;
        ensure!(why.contains("cancelled by operator:"), "{why}");
        ensure!(audited_actions(shop).await? == ["cancel"]);
        // The shop is free for another run.
        ensure!(shop.sync_to_end().await?.generation == 2);
        shop.check_rows().await
    });
}

#[test]
fn a_paused_run_can_be_cancelled() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(500).await?;
        let run = under_way(shop).await?;
        run.ask("pause").await?.expect(200)?;
        let body = run.ask("cancel").await?.expect(200)?;
        ensure!(body["state_before"] == "paused", "{body}");
        nothing_follows(&run).await?;
        ensure!(audited_actions(shop).await? == ["pause", "cancel"]);
        Ok(())
    });
}

#[test]
fn a_reset_by_http_is_the_operators_reset() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let run = under_way(shop).await?;
        let waiting = shop.insert_job("backfill_full", json!({})).await?;
        let body = shop.post("reset", json!({})).await?.expect(200)?;
        ensure!(body["reset"] == true, "{body}");
        let gone = "SELECT NOT EXISTS (SELECT FROM apishopee_ads_sync_queue WHERE id::text = $1)";
        ensure!(world.value::<bool>(gone, &[&waiting.id]).await?, "a waiting row is still there");
        nothing_follows(&run).await?;
        ensure!(audited_actions(shop).await? == ["reset"]);
        ensure!(shop.sync_to_end().await?.receipt().await?["planned"] == 900);
        shop.check_rows().await
    });
}
