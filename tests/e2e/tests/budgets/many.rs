//! Many campaigns at one tick, while Shopee is slow and edits time out after they were applied.

use super::{Campaign, ZONE, all_day, budget_of, campaigns, edits, ensure_once, log, tick, until_logged};
use anyhow::{Result, ensure};
use e2e::{World, run_apart_within_a_day};
use serde_json::json;
use xtask::{demo::seed, stack::Front};

const SHOPS: usize = 4;
/// Of all shops together.
const CAMPAIGNS: usize = 200;
/// Edits of one shop that may come before a fair share of them has come of the others.
const AHEAD_MAX: usize = 30;

async fn shops(world: &World) -> Result<Vec<Campaign>> {
    let mut all = Vec::new();
    for _ in 0..SHOPS {
        let shop = world.shop(120).await?;
        let of_shop = campaigns(world, shop).await?;
        ensure!(of_shop.len() >= CAMPAIGNS / SHOPS, "too few campaigns take edits: {}", of_shop.len());
        all.extend(of_shop.into_iter().take(CAMPAIGNS / SHOPS));
    }
    Ok(all)
}

#[test]
fn two_hundred_campaigns_at_one_tick_are_written_once_each_and_in_turn() {
    run_apart_within_a_day(Front::Worker, ZONE, |world| async move {
        world.settings(0, "app_calls_per_second = 3, shop_calls_per_second = 3").await?;
        // A machine that stands still for a moment makes calls late, and then several at once.
        seed::behaviour(world.stack, &json!({ "rate": { "per_app": 4, "per_shop": 4, "burst": 50 } }))
            .await?;
        let all = shops(&world).await?;
        for (place, campaign) in all.iter().enumerate() {
            all_day(&world, campaign, &format!("{}.50", 60 + place), false).await?;
        }
        for endpoint in ["ads/edit_manual_product_ads", "ads/edit_auto_product_ads"] {
            let fault = json!({ "kind": "apply_then_timeout", "hold_ms": 1_000, "probability": 0.2,
                                "match": { "endpoint": endpoint } });
            world.fault(fault).await?;
        }
        tick(&world).await?;
        let mut shops: Vec<i64> = all.iter().map(|campaign| campaign.shop).collect();
        shops.dedup();
        let mut history = Vec::new();
        for shop in &shops {
            until_logged(&world, *shop, (CAMPAIGNS / SHOPS) as i64).await?;
            let edits = edits(&world, *shop).await?;
            ensure_once(&edits)?;
            ensure!(edits.len() == CAMPAIGNS / SHOPS, "{} edits of shop {shop}", edits.len());
            let lines = log(&world, *shop).await?;
            ensure!(lines.iter().all(|line| line["status"] == "success"), "{lines:?}");
            history.extend(edits.into_iter().map(|edit| (edit.3, *shop)));
        }
        for (place, campaign) in all.iter().enumerate().step_by(17) {
            ensure!(budget_of(&world, campaign).await? == 60.5 + place as f64, "campaign {}", campaign.id);
        }
        history.sort_unstable();
        if let (Some(first), Some(last)) = (history.first(), history.last()) {
            println!("{} edits in {} ms", history.len(), last.0 - first.0);
        }
        for end in 1..=history.len() {
            let of = |shop: &i64| history[..end].iter().filter(|edit| edit.1 == *shop).count();
            let counts: Vec<usize> = shops.iter().map(of).collect();
            let (most, least) = (counts.iter().max(), counts.iter().min());
            let ahead = most.zip(least).map_or(0, |(most, least)| most - least);
            ensure!(ahead <= AHEAD_MAX, "after {end} edits the shops had {counts:?}");
        }
        Ok(())
    });
}
