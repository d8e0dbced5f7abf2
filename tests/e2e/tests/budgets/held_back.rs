//! What was held back by a rule or a stop after its edit had hung is sent at the first look after that is taken away.

use super::{
    Campaign, ZONE, all_day, budget_of, edits,
    hands::{look, put_rules, stop},
    log,
    people::{EDIT, campaign_at_50},
    tick,
};
use anyhow::{Result, ensure};
use e2e::{World, run_quiet_within_a_day};
use serde_json::{Value, json};
use xtask::stack::Front;

/// A campaign whose edit to 500 hangs, and is never applied.
async fn hanging(world: &World) -> Result<Campaign> {
    let first = campaign_at_50(world).await?;
    for endpoint in EDIT {
        let fault = json!({ "kind": "timeout", "hold_ms": 5_000, "times": 1,
                            "match": { "endpoint": endpoint, "shop": first.shop } });
        world.fault(fault).await?;
    }
    all_day(world, &first, "500", false).await?;
    tick(world).await?;
    let is_edit = |call: &Value| call["endpoint"].as_str().is_some_and(|name| EDIT.contains(&name));
    world
        .eventually("an edit on its way", || async { Ok(world.calls(first.shop).await?.iter().any(is_edit)) })
        .await?;
    Ok(first)
}

async fn until_held_back(world: &World, shop: i64, reason: &str) -> Result<()> {
    let refused = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs
                     WHERE shop_id = $1 AND starts_with(error_message, $2))
                   AND NOT EXISTS (SELECT FROM apishopee_ads_budget_leases WHERE shop_id = $1 AND holder IS NOT NULL)";
    world.until(reason, refused, &[&shop, &reason]).await
}

/// The first whole look after now has sent the edit.
async fn ensure_sent_at_the_next_look(world: &World, first: &Campaign, rules: Value) -> Result<()> {
    let shop = first.shop;
    put_rules(world, shop, rules).await?;
    look(world, shop).await?;
    let budget = budget_of(world, first).await?;
    ensure!(budget == 500.0, "it has {budget}: {:?}", log(world, shop).await?);
    ensure!(edits(world, shop).await?.len() == 1);
    Ok(())
}

#[test]
fn what_a_rule_held_back_after_its_edit_hung_is_sent_as_soon_as_the_rule_allows_it() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = hanging(&world).await?;
        put_rules(&world, first.shop, json!({ "ceiling": 200 })).await?;
        until_held_back(&world, first.shop, "ceiling:").await?;
        ensure_sent_at_the_next_look(&world, &first, json!({ "ceiling": 500 })).await
    });
}

#[test]
fn what_a_stop_held_back_after_its_edit_hung_is_sent_when_it_is_released() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = hanging(&world).await?;
        stop(&world, first.shop).await?;
        until_held_back(&world, first.shop, "kill_switch:").await?;
        ensure_sent_at_the_next_look(&world, &first, json!({ "enabled": true })).await
    });
}
