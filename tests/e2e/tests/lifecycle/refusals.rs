//! What does not apply is answered with what is so, and changes nothing.

use super::{failing, meanwhile, under_way};
use anyhow::{Result, ensure};
use e2e::{World, run};
use serde_json::json;
use xtask::stack::Front;

/// Asks, and checks that the answer is this conflict and that every row of the shop is as before.
async fn refused(world: &World, shop: i64, path: &str, code: &str) -> Result<()> {
    let before = world.rows_of(shop).await?;
    let (status, body) = world.post(path, json!({})).await?;
    ensure!(status == 409 && body["code"] == code, "{path}: {status} {body}, expected {code}");
    let detail = body["detail"].as_str().unwrap_or_default();
    ensure!(detail.len() > 15, "what is so is not told: {body}");
    ensure!(world.rows_of(shop).await? == before, "{path} was refused and changed something");
    Ok(())
}

#[test]
fn verbs_that_do_not_apply_change_nothing() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(900).await?;
        let id = under_way(&world, shop).await?;
        let verb = |id: &str, verb: &str| format!("/v1/runs/{id}/{verb}");
        let (status, body) = world.ask(&id, "resume").await?;
        ensure!(status == 409 && body["code"] == "not_paused", "{status} {body}");
        let (status, body) = world.ask(&id, "retry").await?;
        ensure!(status == 409 && body["code"] == "still_active", "{status} {body}");

        ensure!(world.ask(&id, "pause").await?.0 == 200);
        world.until_settled(shop, &id).await?;
        // The picture of the last chunk that ended comes within a second.
        let shown = "SELECT waiting_reason LIKE 'paused%' AND NOT EXISTS (SELECT FROM apishopee_ads_sync_queue \
                     WHERE shop_id = $1 AND is_chunk AND status = 'processing') \
                     FROM apishopee_ads_sync_progress WHERE shop_id = $1";
        world.until("the pause in the progress row", shown, &[&shop]).await?;
        meanwhile(&world).await?;
        refused(&world, shop, &verb(&id, "pause"), "already_paused").await?;
        refused(&world, shop, &verb(&id, "retry"), "still_active").await?;

        ensure!(world.ask(&id, "resume").await?.0 == 200);
        world.until_run(shop, "completed").await?;
        world.until_settled(shop, &id).await?;
        for name in ["cancel", "pause", "resume"] {
            refused(&world, shop, &verb(&id, name), "run_ended").await?;
        }
        refused(&world, shop, &verb(&id, "retry"), "nothing_failed").await?;

        // An older run, when a newer one has taken its place.
        world.sync(shop).await?;
        let second =
            "SELECT status = 'completed' FROM apishopee_ads_sync_runs WHERE shop_id = $1 AND generation = 2";
        world.until("the second run", second, &[&shop]).await?;
        for name in ["cancel", "pause", "resume", "retry"] {
            refused(&world, shop, &verb(&id, name), "run_ended").await?;
        }
        Ok(())
    });
}

#[test]
fn runs_that_were_cancelled_or_never_planned_cannot_be_retried() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(400).await?;
        let id = under_way(&world, shop).await?;
        ensure!(world.ask(&id, "cancel").await?.0 == 200);
        world.until_run(shop, "cancelled").await?;
        world.until_settled(shop, &id).await?;
        for name in ["cancel", "retry"] {
            refused(&world, shop, &format!("/v1/runs/{id}/{name}"), "run_ended").await?;
        }

        let unlisted = world.shop(5).await?;
        world.settings(unlisted, "max_attempts = 1").await?;
        world
            .fault(json!({ "match": { "endpoint": "get_product_level_campaign_id_list", "shop": unlisted },
                           "kind": "status", "status": 500 }))
            .await?;
        let id = world.sync(unlisted).await?;
        let alert =
            "SELECT count(*) = 1 FROM apishopee_ads_alerts WHERE shop_id = $1 AND kind = 'run_failed'";
        world.until("the alert of the failed run", alert, &[&unlisted]).await?;
        refused(&world, unlisted, &format!("/v1/runs/{id}/retry"), "nothing_planned").await
    });
}

#[test]
fn what_is_unknown_is_not_found() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(3).await?;
        let before = world.rows_of(shop).await?;
        for name in ["cancel", "pause", "resume", "retry"] {
            for run in [format!("{shop}-1"), format!("{shop}-999"), "4294000001-1".to_owned()] {
                let (status, body) = world.ask(&run, name).await?;
                ensure!(status == 404 && body["code"] == "not_found", "{run} {name}: {status} {body}");
            }
            let (status, body) = world.ask("seven", name).await?;
            ensure!(status == 400 && body["field"] == "run_id", "{status} {body}");
            let (status, body) =
                world.post(&format!("/v1/runs/{shop}-1/{name}"), json!({ "force": true })).await?;
            ensure!(status == 400 && body["field"] == "force", "{status} {body}");
        }
        let (status, body) = world.post("/v1/shops/4294000001/reset", json!({})).await?;
        ensure!(status == 404 && body["code"] == "not_found", "{status} {body}");
        refused(&world, shop, &format!("/v1/shops/{shop}/reset"), "nothing_to_reset").await?;
        ensure!(world.rows_of(shop).await? == before);
        Ok(())
    });
}

#[test]
fn a_reset_twice_has_nothing_to_reset() {
    run(Front::Worker, |world| async move {
        let shop = world.shop(260).await?;
        world.settings(shop, "max_attempts = 1, dynamic_chunks = false").await?;
        let ids = world.campaign_ids(shop).await?;
        world.fault(failing(shop, "get_product_level_campaign_setting_info", ids[5], 1)).await?;
        world.sync(shop).await?;
        world.until_run(shop, "failed").await?;
        let alert =
            "SELECT count(*) = 1 FROM apishopee_ads_alerts WHERE shop_id = $1 AND kind = 'run_failed'";
        world.until("the alert of the failed run", alert, &[&shop]).await?;
        let reset = format!("/v1/shops/{shop}/reset");
        ensure!(world.post(&reset, json!({})).await?.0 == 200);
        refused(&world, shop, &reset, "nothing_to_reset").await?;
        // A row that waits is something to reset, whatever the progress says.
        let waiting = world.insert_job(shop, "backfill_full", json!({})).await?;
        world
            .db
            .execute("UPDATE apishopee_ads_sync_queue SET scheduled_at = now() + interval '1 day' WHERE id::text = $1", &[&waiting])
            .await?;
        ensure!(world.post(&reset, json!({})).await?.0 == 200);
        refused(&world, shop, &reset, "nothing_to_reset").await
    });
}
