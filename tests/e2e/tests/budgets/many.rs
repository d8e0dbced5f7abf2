//! Many campaigns at one tick, while Shopee is slow and edits time out after they were applied.

use super::{
    ZONE,
    campaign::{Campaign, campaigns, edits, ensure_once},
    log, tick, until_logged,
};
use anyhow::{Result, ensure};
use e2e::{Shop, World, run_apart_within_a_day};
use serde_json::json;
use xtask::{demo::seed, stack::Front};

const SHOPS: usize = 4;
/// Of each shop.
const CAMPAIGNS: usize = 50;
/// Edits of one shop that may come before a fair share of them has come of the others.
const AHEAD_MAX: usize = 30;

async fn scheduled(world: &World, shops: usize) -> Result<Vec<Campaign<'_>>> {
    let mut all = Vec::new();
    for _ in 0..shops {
        let shop = world.shop(120).await?;
        let of_shop = campaigns(shop).await?;
        ensure!(of_shop.len() >= CAMPAIGNS, "too few campaigns take edits: {}", of_shop.len());
        all.extend(of_shop.into_iter().take(CAMPAIGNS));
    }
    for (place, campaign) in all.iter().enumerate() {
        campaign.schedule_all_day(&format!("{}.50", 60 + place)).await?;
    }
    Ok(all)
}

/// After a tick every campaign has its budget by one edit, and no shop is far ahead of another. The answer is the time from the
/// first to the last edit, in milliseconds.
async fn written(all: &[Campaign<'_>]) -> Result<i64> {
    tick(all[0].shop.world).await?;
    let mut shops: Vec<Shop<'_>> = all.iter().map(|campaign| campaign.shop).collect();
    shops.dedup_by_key(|shop| shop.id);
    let mut history = Vec::new();
    for &shop in &shops {
        until_logged(shop, CAMPAIGNS as i64).await?;
        let edits = edits(shop).await?;
        ensure_once(&edits)?;
        ensure!(edits.len() == CAMPAIGNS, "{} edits of shop {shop}", edits.len());
        let lines = log(shop).await?;
        ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
        history.extend(edits.into_iter().map(|edit| (edit.at_ms, shop.id)));
    }
    for (place, campaign) in all.iter().enumerate().step_by(17) {
        ensure!(campaign.budget_now().await? == 60.5 + place as f64, "campaign {}", campaign.id);
    }
    history.sort_unstable();
    for end in 1..=history.len() {
        let of = |shop: &Shop<'_>| history[..end].iter().filter(|(_, id)| *id == shop.id).count();
        let counts: Vec<usize> = shops.iter().map(of).collect();
        let (most, least) = (counts.iter().max(), counts.iter().min());
        let ahead = most.zip(least).map_or(0, |(most, least)| most - least);
        ensure!(ahead <= AHEAD_MAX, "after {end} edits the shops had {counts:?}");
    }
    let ms = history.first().zip(history.last()).map_or(0, |(first, last)| last.0 - first.0);
    println!("{} edits in {ms} ms", history.len());
    Ok(ms)
}

#[test]
fn two_hundred_campaigns_at_one_tick_are_written_once_each_and_in_turn() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        world.settings("app_calls_per_second = 3, shop_calls_per_second = 3").await?;
        // A machine that stands still for a moment makes calls late, and then several at once.
        seed::behaviour(world.stack, &json!({ "rate": { "per_app": 4, "per_shop": 4, "burst": 50 } }))
            .await?;
        let all = scheduled(&world, SHOPS).await?;
        for endpoint in ["ads/edit_manual_product_ads", "ads/edit_auto_product_ads"] {
            let fault = json!({ "kind": "apply_then_timeout", "hold_ms": 1_000, "probability": 0.2,
                                "match": { "endpoint": endpoint } });
            world.fault(fault).await?;
        }
        written(&all).await.map(drop)
    });
}

/// `cargo test -p e2e --test budgets -- --ignored --nocapture` measures it.
#[test]
#[ignore = "a benchmark of three minutes"]
fn two_thousand_campaigns_of_forty_shops_take_the_time_of_their_calls() {
    const RATE: f64 = 20.0;
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        world.settings(&format!("app_calls_per_second = {RATE}, shop_calls_per_second = {RATE}")).await?;
        seed::behaviour(world.stack, &json!({ "rate": { "per_app": 40, "per_shop": 40, "burst": 50 } }))
            .await?;
        let all = scheduled(&world, 40).await?;
        let before = calls(&all).await?;
        let ms = written(&all).await?;
        let made = (calls(&all).await? - before) as f64;
        let (an_edit, floor_ms) = (made / all.len() as f64, made / RATE * 1_000.0);
        println!("{made} calls, {an_edit:.3} an edit; time ÷ (calls ÷ rate) {:.3}", ms as f64 / floor_ms);
        Ok(())
    });
}

/// Calls that the fake has answered so far for these shops.
async fn calls(all: &[Campaign<'_>]) -> Result<usize> {
    let mut shops: Vec<Shop<'_>> = all.iter().map(|campaign| campaign.shop).collect();
    shops.dedup_by_key(|shop| shop.id);
    let mut sum = 0;
    for shop in shops {
        sum += shop.calls().await?.len();
    }
    Ok(sum)
}
