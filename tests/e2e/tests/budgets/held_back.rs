//! What was held back by a rule or a stop after its edit had hung is sent at the first look after that is taken away.

use super::{
    ZONE,
    campaign::{Campaign, EDIT, campaign_at_50, edits},
    http::{look, put_rules, stop},
    log, tick,
};
use anyhow::{Result, ensure};
use e2e::{Shop, World, run_quiet_within_a_day};
use serde_json::{Value, json};
use xtask::stack::Front;

/// A campaign whose edit to 500 hangs, and is never applied.
async fn hanging(world: &World) -> Result<Campaign<'_>> {
    let first = campaign_at_50(world).await?;
    for endpoint in EDIT {
        let fault = json!({ "kind": "timeout", "hold_ms": 5_000, "times": 1,
                            "match": { "endpoint": endpoint, "shop": first.shop.id } });
        world.fault(fault).await?;
    }
    first.schedule_all_day("500").await?;
    tick(world).await?;
    let is_edit = |call: &Value| call["endpoint"].as_str().is_some_and(|name| EDIT.contains(&name));
    world
        .eventually("an edit on its way", || async { Ok(first.shop.calls().await?.iter().any(is_edit)) })
        .await?;
    Ok(first)
}

async fn until_held_back(shop: Shop<'_>, reason: &str) -> Result<()> {
    let refused = "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs
                     WHERE shop_id = $1 AND starts_with(error_message, $2))
                   AND NOT EXISTS (SELECT FROM apishopee_ads_budget_leases WHERE shop_id = $1 AND holder IS NOT NULL)";
    shop.world.until(reason, refused, &[&shop.id, &reason]).await
}

/// The first whole look after now has sent the edit.
async fn ensure_sent_at_the_next_look(first: &Campaign<'_>, rules: Value) -> Result<()> {
    let shop = first.shop;
    put_rules(shop, rules).await?;
    look(shop).await?;
    let budget = first.budget_now().await?;
    ensure!(budget == 500.0, "it has {budget}: {:?}", log(shop).await?);
    ensure!(edits(shop).await?.len() == 1);
    Ok(())
}

#[test]
fn what_a_rule_held_back_after_its_edit_hung_is_sent_as_soon_as_the_rule_allows_it() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = hanging(&world).await?;
        put_rules(first.shop, json!({ "ceiling": 200 })).await?;
        until_held_back(first.shop, "ceiling:").await?;
        ensure_sent_at_the_next_look(&first, json!({ "ceiling": 500 })).await
    });
}

#[test]
fn what_a_stop_held_back_after_its_edit_hung_is_sent_when_it_is_released() {
    run_quiet_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = hanging(&world).await?;
        stop(first.shop).await?;
        until_held_back(first.shop, "kill_switch:").await?;
        ensure_sent_at_the_next_look(&first, json!({ "enabled": true })).await
    });
}
