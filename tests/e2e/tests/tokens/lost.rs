//! A refresh whose answer is lost: the old token is spent and nobody has the new one.

use super::{consent::heal, nothing_is_shown, refreshes, row, shop, shows_alert, stored};
use anyhow::{Result, ensure};
use e2e::{Shop, World, run_alone};
use serde_json::{Value, json};
use xtask::stack::Front;

/// Waits until a shop stands still, and checks that it does.
async fn stands_still(shop: Shop<'_>) -> Result<()> {
    let run = shop.until_run("failed").await?;
    let why = run.error().await?;
    ensure!(why.to_lowercase().contains("authorize"), "the message does not say what to do: {why}");
    let state = row(shop).await?["token_state"].clone();
    ensure!(state == "reconsent", "{state}");
    shop.world.eventually("the alert over HTTP", || async { shows_alert(shop, "reconsent").await }).await?;
    let body = shop.world.get(&format!("/v1/shops/{shop}")).await?.expect(200)?;
    ensure!(body["token_state"] == "reconsent", "{body}");

    let calls = shop.calls().await?.len();
    shop.post("sync", json!({})).await?.refused(409, "no_access_token")?;
    shop.world.tick("*/15 * * * *").await?;
    let queued: i64 = shop
        .world
        .value(
            "SELECT count(*) FROM apishopee_ads_sync_queue WHERE shop_id = $1 AND status = 'pending'",
            &[&shop.id],
        )
        .await?;
    ensure!(queued == 0, "ads-sync-job queues a shop that stands still");
    // A row that an operator inserts is answered, not run.
    let job = shop.insert_job("realtime", json!({})).await?;
    shop.world.tick("*/5 * * * *").await?;
    let said = job.until("failed").await?;
    ensure!(said.contains("authorize"), "{said}");
    ensure!(shop.calls().await?.len() == calls, "a shop that stands still makes calls");
    Ok(())
}

async fn loses_its_refresh(world: &World, fault: Value) -> Result<()> {
    let (shop, old) = shop(world, 40, 0).await?;
    let mut fault = fault;
    fault["match"] = json!({ "endpoint": "auth/access_token/get", "shop": shop.id });
    fault["times"] = json!(1);
    world.fault(fault).await?;
    shop.sync().await?;
    stands_still(shop).await?;
    let asked = refreshes(shop).await?;
    ensure!(asked == 2, "the spent token was tried {asked} times");

    heal(shop).await?;
    ensure!(!shows_alert(shop, "reconsent").await?, "the alert is still open");
    shop.sync_to_end().await?;
    shop.check_rows().await?;
    let new = stored(shop).await?;
    nothing_is_shown(shop, &[&old, &new]).await
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
        shop.update("apishopee_shops", "refresh_token = NULL, token_expires_at = NULL").await?;
        shop.sync().await?;
        stands_still(shop).await?;
        ensure!(refreshes(shop).await? == 0);
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
        shop.sync().await?;
        stands_still(shop).await
    });
}
