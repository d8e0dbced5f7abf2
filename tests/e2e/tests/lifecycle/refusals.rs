//! What does not apply is answered with what is so, and changes nothing.

use super::{failing, meanwhile, under_way};
use anyhow::{Result, ensure};
use e2e::{Run, Shop, run};
use serde_json::json;
use xtask::stack::Front;

/// Asks, and checks that the answer is this conflict and that every row of the shop is as before.
async fn refused(shop: Shop<'_>, path: &str, code: &str) -> Result<()> {
    let before = shop.rows().await?;
    let body = shop.world.post(path, json!({})).await?.refused(409, code)?;
    let detail = body["detail"].as_str().unwrap_or_default();
    ensure!(detail.len() > 15, "what is so is not told: {body}");
    ensure!(shop.rows().await? == before, "{path} was refused and changed something");
    Ok(())
}

/// As [`refused`], of something that is asked of a run.
async fn refused_verb(run: &Run<'_>, verb: &str, code: &str) -> Result<()> {
    refused(run.shop, &format!("/v1/runs/{run}/{verb}"), code).await
}

#[test]
fn verbs_that_do_not_apply_change_nothing() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let run = under_way(shop).await?;
        run.ask("resume").await?.refused(409, "not_paused")?;
        run.ask("retry").await?.refused(409, "still_active")?;

        run.ask("pause").await?.expect(200)?;
        run.until_settled().await?;
        // The picture of the last chunk that ended comes within a second.
        shop.until_progress("the pause", |progress| progress.waits_for.starts_with("paused")).await?;
        let none_at_work = "SELECT NOT EXISTS (SELECT FROM apishopee_ads_sync_queue \
                            WHERE shop_id = $1 AND is_chunk AND status = 'processing')";
        world.until("no chunk at work", none_at_work, &[&shop.id]).await?;
        meanwhile(&world).await?;
        refused_verb(&run, "pause", "already_paused").await?;
        refused_verb(&run, "retry", "still_active").await?;

        run.ask("resume").await?.expect(200)?;
        shop.until_run("completed").await?;
        run.until_settled().await?;
        for name in ["cancel", "pause", "resume"] {
            refused_verb(&run, name, "run_ended").await?;
        }
        refused_verb(&run, "retry", "nothing_failed").await?;

        // An older run, when a newer one has taken its place.
        shop.sync().await?;
        shop.run(2).until("completed").await?;
        for name in ["cancel", "pause", "resume", "retry"] {
            refused_verb(&run, name, "run_ended").await?;
        }
        Ok(())
    });
}

#[test]
fn runs_that_were_cancelled_or_never_planned_cannot_be_retried() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(400).await?;
        let run = under_way(shop).await?;
        run.ask("cancel").await?.expect(200)?;
        shop.until_run("cancelled").await?;
        run.until_settled().await?;
        for name in ["cancel", "retry"] {
            refused_verb(&run, name, "run_ended").await?;
        }

        let unlisted = world.shop(5).await?;
        unlisted.settings("max_attempts = 1").await?;
        world
            .fault(
                json!({ "match": { "endpoint": "get_product_level_campaign_id_list", "shop": unlisted.id },
                           "kind": "status", "status": 500 }),
            )
            .await?;
        let run = unlisted.sync().await?;
        unlisted.until_alert("run_failed").await?;
        refused_verb(&run, "retry", "nothing_planned").await
    });
}

#[test]
fn what_is_unknown_is_not_found() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let before = shop.rows().await?;
        for name in ["cancel", "pause", "resume", "retry"] {
            for run in [format!("{shop}-1"), format!("{shop}-999"), "4294000001-1".to_owned()] {
                world.post(&format!("/v1/runs/{run}/{name}"), json!({})).await?.refused(404, "not_found")?;
            }
            world.post(&format!("/v1/runs/seven/{name}"), json!({})).await?.refused_field(400, "run_id")?;
            world
                .post(&format!("/v1/runs/{shop}-1/{name}"), json!({ "force": true }))
                .await?
                .refused_field(400, "force")?;
        }
        world.post("/v1/shops/4294000001/reset", json!({})).await?.refused(404, "not_found")?;
        refused(shop, &format!("/v1/shops/{shop}/reset"), "nothing_to_reset").await?;
        ensure!(shop.rows().await? == before);
        Ok(())
    });
}

#[test]
fn a_reset_twice_has_nothing_to_reset() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(260).await?;
        shop.settings("max_attempts = 1, dynamic_chunks = false").await?;
        let ids = shop.campaign_ids().await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[5], 1)).await?;
        shop.sync().await?;
        shop.until_run("failed").await?;
        shop.until_alert("run_failed").await?;
        let reset = format!("/v1/shops/{shop}/reset");
        world.post(&reset, json!({})).await?.expect(200)?;
        refused(shop, &reset, "nothing_to_reset").await?;
        // A row that waits is something to reset, whatever the progress says.
        let waiting = shop.insert_job("backfill_full", json!({})).await?;
        waiting.update("scheduled_at = now() + interval '1 day'").await?;
        world.post(&reset, json!({})).await?.expect(200)?;
        refused(shop, &reset, "nothing_to_reset").await
    });
}
