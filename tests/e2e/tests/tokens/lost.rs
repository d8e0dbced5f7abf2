//! A refresh whose answer is lost: the old token is spent and nobody has the new one.

use super::{alert_open, consent::heal, nothing_is_shown, refreshes, shop, stored};
use anyhow::{Result, ensure};
use e2e::{World, run_alone};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Waits until a shop stands still, and checks that it does.
async fn stands_still(world: &World, shop: i64) -> Result<()> {
    world.until_run(shop, "failed").await?;
    let why: String = world
        .value("SELECT error_message FROM apishopee_ads_sync_runs WHERE shop_id = $1 ORDER BY generation DESC LIMIT 1", &[&shop])
        .await?;
    ensure!(why.to_lowercase().contains("authorize"), "the message does not say what to do: {why}");
    let state: String =
        world.value("SELECT token_state FROM apishopee_shops WHERE shop_id = $1", &[&shop]).await?;
    ensure!(state == "reconsent" && alert_open(world, shop, "reconsent").await?, "{state}");
    let (_, body) = world.get(&format!("/v1/shops/{shop}")).await?;
    ensure!(body["token_state"] == "reconsent", "{body}");

    let calls = world.calls(shop).await?.len();
    let (status, body) = world.post(&format!("/v1/shops/{shop}/sync"), json!({})).await?;
    ensure!(status == 409 && body["code"] == "no_access_token", "{status} {body}");
    world.stack.worker.tick("*/15 * * * *").await?;
    let queued: i64 = world
        .value(
            "SELECT count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status = 'pending'",
            &[&shop],
        )
        .await?;
    ensure!(queued == 0, "ads-sync-job queues a shop that stands still");
    // A row that an operator inserts is answered, not run.
    let job = world.insert_job(shop, "realtime", json!({})).await?;
    world.stack.worker.tick("*/5 * * * *").await?;
    let said = world.until_job(&job, "failed").await?.unwrap_or_default();
    ensure!(said.contains("authorize"), "{said}");
    ensure!(world.calls(shop).await?.len() == calls, "a shop that stands still makes calls");
    Ok(())
}

async fn loses_its_refresh(world: &World, fault: Value) -> Result<()> {
    let (shop, old) = shop(world, 40, 0).await?;
    let mut fault = fault;
    fault["match"] = json!({ "endpoint": "auth/access_token/get", "shop": shop });
    fault["times"] = json!(1);
    world.fault(fault).await?;
    world.sync(shop).await?;
    stands_still(world, shop).await?;
    let asked = refreshes(world, shop).await?;
    ensure!(asked == 2, "the spent token was tried {asked} times");

    heal(world, shop).await?;
    ensure!(!alert_open(world, shop, "reconsent").await?, "the alert is still open");
    world.sync(shop).await?;
    world.until_run(shop, "completed").await?;
    world.check_rows(shop, 40).await?;
    let new = stored(world, shop).await?;
    nothing_is_shown(world, shop, &[&old, &new]).await
}

#[test]
fn a_refresh_that_is_served_and_answered_with_an_error_needs_a_new_consent() {
    run_alone(Front::Worker, |world| async move {
        loses_its_refresh(&world, json!({ "kind": "apply_then_status", "status": 500 })).await
    });
}

#[test]
fn a_refresh_that_is_served_and_never_answered_needs_a_new_consent() {
    run_alone(Front::Worker, |world| async move {
        loses_its_refresh(&world, json!({ "kind": "apply_then_timeout", "hold_ms": 300 })).await
    });
}

#[test]
fn a_shop_without_a_refresh_token_needs_a_new_consent_when_its_token_is_over() {
    run_alone(Front::Worker, |world| async move {
        let (shop, _) = shop(&world, 10, 0).await?;
        world
            .db
            .execute(
                "UPDATE apishopee_shops SET refresh_token = NULL, token_expires_at = NULL WHERE shop_id = $1",
                &[&shop],
            )
            .await?;
        world.sync(shop).await?;
        stands_still(&world, shop).await?;
        ensure!(refreshes(&world, shop).await? == 0);
        Ok(())
    });
}

#[test]
fn a_consent_that_the_seller_takes_back_stops_the_shop() {
    run_alone(Front::Worker, |world| async move {
        let (shop, pair) = shop(&world, 10, 0).await?;
        let body = json!({ "name": "gone", "region": super::REGION, "campaigns": 10, "seed": super::SEED, "linked": false,
                           "access_token": pair.access, "refresh_token": pair.refresh });
        xtask::demo::seed::control(world.stack, reqwest::Method::PUT, &format!("/_mock/shops/{shop}"), &body)
            .await?;
        world.sync(shop).await?;
        stands_still(&world, shop).await
    });
}
