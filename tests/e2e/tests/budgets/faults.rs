//! What goes wrong between an edit and its answer.

use super::{
    ZONE,
    campaign::{Campaign, campaigns, edits, ensure_once},
    fast, log, tick, until_logged,
};
use anyhow::{Result, ensure};
use e2e::{Shop, World, run_apart_within_a_day, run_within_a_day};
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

const ENDPOINTS: [&str; 2] = ["ads/edit_manual_product_ads", "ads/edit_auto_product_ads"];

/// A shop, some of whose campaigns get a budget of their own.
async fn scheduled(world: &World, count: usize) -> Result<(Shop<'_>, Vec<Campaign<'_>>)> {
    let shop = world.shop(40).await?;
    let all: Vec<Campaign<'_>> = campaigns(shop).await?.into_iter().take(count).collect();
    ensure!(all.len() == count, "too few campaigns take edits");
    for (place, campaign) in all.iter().enumerate() {
        campaign.schedule_and_restore(&format!("{}", 300 + place)).await?;
    }
    Ok((shop, all))
}

async fn spoil(shop: Shop<'_>, fault: &Value) -> Result<()> {
    for endpoint in ENDPOINTS {
        let mut fault = fault.clone();
        fault["match"] = json!({ "endpoint": endpoint, "shop": shop.id });
        shop.world.fault(fault).await?;
    }
    Ok(())
}

async fn all_applied(shop: Shop<'_>, all: &[Campaign<'_>]) -> Result<()> {
    for (place, campaign) in all.iter().enumerate() {
        ensure!(campaign.budget_now().await? == 300.0 + place as f64, "campaign {}", campaign.id);
    }
    let edits = edits(shop).await?;
    ensure!(edits.len() == all.len(), "{edits:?}");
    ensure_once(&edits)
}

#[test]
fn an_edit_that_was_applied_and_answered_with_an_error_is_found_out() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let (shop, all) = scheduled(&world, 12).await?;
        spoil(shop, &json!({ "kind": "apply_then_status", "status": 500, "probability": 0.5 })).await?;
        tick(&world).await?;
        until_logged(shop, 12).await?;
        all_applied(shop, &all).await?;
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        Ok(())
    });
}

#[test]
fn a_setting_that_shows_late_is_waited_for_and_not_written_again() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let (shop, all) = scheduled(&world, 6).await?;
        spoil(shop, &json!({ "kind": "apply_then_status", "status": 502, "times": 2 })).await?;
        seed::behaviour(world.stack, &json!({ "read_after_write_lag_ms": 2_500 })).await?;
        tick(&world).await?;
        until_logged(shop, 6).await?;
        world
            .eventually("all budgets to show", || async { Ok(all_applied(shop, &all).await.is_ok()) })
            .await?;
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        Ok(())
    });
}

#[test]
fn what_was_sent_is_read_back_by_whoever_goes_on_with_it() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let (shop, all) = scheduled(&world, 8).await?;
        // The edits hang, applied, when the holder of the shop is taken for dead and the next tick goes on.
        spoil(shop, &json!({ "kind": "apply_then_timeout", "hold_ms": 20_000, "times": 4 })).await?;
        tick(&world).await?;
        world.eventually("an edit under way", || async { Ok(!edits(shop).await?.is_empty()) }).await?;
        let dead = "UPDATE apishopee_ads_budget_leases SET holder = NULL, fence = fence + 1 WHERE shop_id = $1 AND holder IS NOT NULL";
        ensure!(world.db.execute(dead, &[&shop.id]).await? == 1, "nobody holds the shop");
        tick(&world).await?;
        until_logged(shop, 8).await?;
        all_applied(shop, &all).await?;
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        let interrupted = "SELECT fence >= 3 FROM apishopee_ads_budget_leases WHERE shop_id = $1";
        ensure!(world.value::<bool>(interrupted, &[&shop.id]).await?, "nobody had to go on with it");
        Ok(())
    });
}

/// Nobody may call for minutes after it, and what is stored must not say that the edit is being sent: a budget that a person
/// sets meanwhile would be taken for the last word of two.
#[test]
fn an_edit_that_was_refused_is_known_as_such_although_the_app_must_stop() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        fast(&world).await?;
        let (shop, all) = scheduled(&world, 1).await?;
        let refused = json!({ "kind": "error", "code": "ads.rate_limit.exceed_partner_api", "times": 1,
                              "message": "Too many requests, please reduce the request rate and try again later." });
        spoil(shop, &refused).await?;
        tick(&world).await?;
        until_logged(shop, 1).await?;
        let lines = log(shop).await?;
        let reason = lines[0]["error_message"].as_str().unwrap_or_default();
        ensure!(lines[0]["status"] == "failed" && reason.contains("exceed_partner_api"), "{lines:?}");
        ensure!(all[0].budget_now().await? == all[0].budget, "it was refused");
        let is_open =
            "SELECT EXISTS (SELECT FROM apishopee_ads_budget_state WHERE shop_id = $1 AND write IS NOT NULL)";
        ensure!(!world.value::<bool>(is_open, &[&shop.id]).await?, "it is stored as being sent");
        Ok(())
    });
}
