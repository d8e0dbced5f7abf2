//! Budgets, from a schedule's row to the platform's history of edits.

mod at_once;
mod campaign;
mod changes;
mod database;
mod faults;
mod held_back;
mod hours;
mod http;
mod limits;
mod many;
mod mid_wave;
mod records;
mod requests;
mod slots;
mod zero;

use anyhow::{Context, Result};
use e2e::{Shop, World};
use serde_json::{Value, json};
use xtask::demo::seed;

/// The schedule of the budget scheduler.
const TICK: &str = "0,30 * * * *";

/// Whose days the shops of [`World::shop`] have. A slot of a whole day ends with it, and the next day's is another.
const ZONE: &str = "America/Sao_Paulo";

async fn tick(world: &World) -> Result<()> {
    world.tick(TICK).await
}

/// Waits until nobody works on a shop's budgets and every campaign with a schedule has a line in the log.
async fn until_logged(shop: Shop<'_>, lines: i64) -> Result<()> {
    let query = "SELECT (SELECT count(*) FROM apishopee_ads_budget_logs WHERE shop_id = $1) >= $2 \
                 AND NOT EXISTS (SELECT FROM apishopee_ads_budget_leases WHERE shop_id = $1 AND holder IS NOT NULL)";
    shop.world.until(&format!("{lines} lines in the log of shop {shop}"), query, &[&shop.id, &lines]).await
}

/// Waits until the log of a shop gives a reason that is like this (`%` for anything).
async fn until_reason(shop: Shop<'_>, reason: &str) -> Result<()> {
    let query =
        "SELECT EXISTS (SELECT FROM apishopee_ads_budget_logs WHERE shop_id = $1 AND error_message LIKE $2)";
    shop.world.until(&format!("{reason} in the log of shop {shop}"), query, &[&shop.id, &reason]).await
}

/// Gives a shop a rule, as an operator would in SQL; the value is SQL too.
async fn insert_rule(shop: Shop<'_>, column: &str, value: &str) -> Result<()> {
    let insert = format!("INSERT INTO apishopee_ads_budget_rules (shop_id, {column}) VALUES ($1, {value})");
    shop.world.db.execute(&insert, &[&shop.id]).await?;
    Ok(())
}

/// The lines of a shop's log, oldest first: campaign, status, old and new budget, reason.
async fn log(shop: Shop<'_>) -> Result<Vec<Value>> {
    let query = "SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.executed_at, l.campaign_id), '[]') \
                 FROM apishopee_ads_budget_logs l WHERE shop_id = $1";
    let lines: Value = shop.world.value(query, &[&shop.id]).await?;
    lines.as_array().cloned().context("the log is no list")
}

/// Rates at which budgets do not wait for permits.
async fn fast(world: &World) -> Result<()> {
    world.settings("app_calls_per_second = 100, shop_calls_per_second = 100").await?;
    seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 5, "jitter": 0 } })).await
}
