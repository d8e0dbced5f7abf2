//! Budgets, from a schedule's row to the platform's history of edits.

mod at_once;
mod books;
mod database;
mod faults;
mod hands;
mod held_back;
mod hours;
mod limits;
mod many;
mod middle;
mod people;
mod requests;
mod slots;
mod zero;

use anyhow::{Context, Result, ensure};
use e2e::World;
use reqwest::Method;
use serde_json::{Value, json};
use xtask::demo::seed;

/// The schedule of the budget scheduler.
const TICK: &str = "0,30 * * * *";

/// Whose days the shops of [`World::shop`] have. A slot of a whole day ends with it, and the next day's is another.
const ZONE: &str = "America/Sao_Paulo";

/// A campaign that can be edited.
#[derive(Clone, Debug)]
struct Campaign {
    shop: i64,
    id: i64,
    /// `manual` or `auto`: each has an endpoint of its own for edits.
    ad_type: String,
    budget: f64,
}

/// The campaigns of a shop that take edits, in the order of the listing.
async fn campaigns(world: &World, shop: i64) -> Result<Vec<Campaign>> {
    let path = format!("/_mock/shops/{shop}/truth?kind=campaigns");
    let truth = seed::control(world.stack, Method::GET, &path, &Value::Null).await?;
    let rows = truth.as_array().context("the truth is no list")?;
    let editable = |row: &&Value| {
        ["ongoing", "paused", "scheduled"].contains(&row["status"].as_str().unwrap_or_default())
    };
    let read = |row: &Value| {
        let (id, budget) = (row["campaign_id"].as_i64(), row["campaign_budget"].as_f64());
        let (id, budget) = id.zip(budget).with_context(|| format!("no id or budget: {row}"))?;
        let ad_type = row["ad_type"].as_str().context("no ad_type")?.to_owned();
        Ok(Campaign { shop, id, ad_type, budget })
    };
    rows.iter().filter(editable).map(read).collect()
}

/// A schedule for all day, every day. Answers with its id.
async fn all_day(world: &World, campaign: &Campaign, budget: &str, restore: bool) -> Result<String> {
    let insert = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, restore) \
                  VALUES ($1, $2, $3::text::numeric, $4) RETURNING id::text";
    let row = world.db.query_one(insert, &[&campaign.shop, &campaign.id, &budget, &restore]).await?;
    Ok(row.get(0))
}

async fn tick(world: &World) -> Result<()> {
    world.stack.worker.tick(TICK).await
}

/// Waits until nobody works on a shop's budgets and every campaign with a schedule has a line in the log.
async fn until_logged(world: &World, shop: i64, lines: i64) -> Result<()> {
    let query = "SELECT (SELECT count(*) FROM apishopee_ads_budget_logs WHERE shop_id = $1) >= $2 \
                 AND NOT EXISTS (SELECT FROM apishopee_ads_budget_leases WHERE shop_id = $1 AND holder IS NOT NULL)";
    world.until(&format!("{lines} lines in the log of shop {shop}"), query, &[&shop, &lines]).await
}

/// The accepted edits of a shop: campaign, reference id, new budget, time.
async fn edits(world: &World, shop: i64) -> Result<Vec<(i64, String, f64, i64)>> {
    let path = format!("/_mock/shops/{shop}/edits");
    let edits = seed::control(world.stack, Method::GET, &path, &Value::Null).await?;
    let read = |edit: &Value| {
        let id = edit["reference_id"].as_str().context("an edit has no reference id")?.to_owned();
        let (campaign, budget) = (edit["campaign_id"].as_i64(), edit["new"]["budget"].as_f64());
        let (campaign, budget) = campaign.zip(budget).context("an edit has no campaign or budget")?;
        Ok((campaign, id, budget, edit["at_ms"].as_i64().context("an edit has no time")?))
    };
    edits.as_array().context("the edits are no list")?.iter().map(read).collect()
}

/// The lines of a shop's log, oldest first: campaign, status, old and new budget, reason.
async fn log(world: &World, shop: i64) -> Result<Vec<Value>> {
    let query = "SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.executed_at, l.campaign_id), '[]') \
                 FROM apishopee_ads_budget_logs l WHERE shop_id = $1";
    let lines: Value = world.value(query, &[&shop]).await?;
    lines.as_array().cloned().context("the log is no list")
}

async fn open_alert(world: &World, kind: &str, shop: i64) -> Result<Option<String>> {
    let query =
        "SELECT text FROM apishopee_ads_alerts WHERE kind = $1 AND shop_id = $2 AND resolved_at IS NULL";
    Ok(world.db.query_opt(query, &[&kind, &shop]).await?.map(|row| row.get(0)))
}

/// Rates at which budgets do not wait for permits.
async fn fast(world: &World) -> Result<()> {
    world.settings(0, "app_calls_per_second = 100, shop_calls_per_second = 100").await?;
    seed::behaviour(world.stack, &json!({ "latency_ms": { "mean": 5, "jitter": 0 } })).await
}

/// The budget of a campaign at the platform.
async fn budget_of(world: &World, campaign: &Campaign) -> Result<f64> {
    let all = campaigns(world, campaign.shop).await?;
    let found = all.into_iter().find(|other| other.id == campaign.id);
    found.map(|campaign| campaign.budget).context("the campaign is gone")
}

/// No slot has two accepted edits.
fn ensure_once(edits: &[(i64, String, f64, i64)]) -> Result<()> {
    let mut ids: Vec<&String> = edits.iter().map(|edit| &edit.1).collect();
    ids.sort();
    ids.dedup();
    ensure!(ids.len() == edits.len(), "a slot was written twice: {edits:?}");
    Ok(())
}
