//! Each edit that Shopee has taken is in both books, once.

use super::{
    Campaign, ZONE, all_day, campaigns,
    hands::look,
    people::{EDIT, campaign_at_50, change, set, until_budget},
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{World, run_within_a_day};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::{demo::seed, stack::Front};

/// Campaign, budget before and budget afterwards, in cents.
type Line = (i64, i64, i64);

fn cents(value: &Value) -> Result<i64> {
    let amount = match value {
        Value::String(text) => text.parse()?,
        other => other.as_f64().with_context(|| format!("{other} is no amount"))?,
    };
    Ok((amount * 100.0_f64).round() as i64)
}

/// The edits that Shopee has taken.
async fn taken(world: &World, shop: i64) -> Result<Vec<Line>> {
    let edits =
        seed::control(world.stack, Method::GET, &format!("/_mock/shops/{shop}/edits"), &Value::Null).await?;
    let line = |edit: &Value| {
        let id = edit["campaign_id"].as_i64().context("an edit has no campaign")?;
        Ok((id, cents(&edit["old"]["budget"])?, cents(&edit["new"]["budget"])?))
    };
    let mut lines: Vec<Line> =
        edits.as_array().context("no edits")?.iter().map(line).collect::<Result<_>>()?;
    lines.sort_unstable();
    Ok(lines)
}

/// Rows with `campaign`, `old` and `new`.
async fn lines(world: &World, shop: i64, query: &str) -> Result<Vec<Line>> {
    let query = format!("SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM ({query}) AS t");
    let rows: Value = world.value(&query, &[&shop]).await?;
    let line = |row: &Value| {
        let id = row["campaign"].as_i64().context("a line has no campaign")?;
        Ok((id, cents(&row["old"])?, cents(&row["new"])?))
    };
    let mut lines: Vec<Line> = rows.as_array().context("no rows")?.iter().map(line).collect::<Result<_>>()?;
    lines.sort_unstable();
    Ok(lines)
}

async fn ensure_booked(world: &World, shop: i64) -> Result<()> {
    let taken = taken(world, shop).await?;
    let logged = "SELECT campaign_id AS campaign, old_budget AS old, new_budget AS new
        FROM apishopee_ads_budget_logs WHERE shop_id = $1";
    let logged = lines(world, shop, logged).await?;
    ensure!(logged == taken, "logged: {logged:?}, taken: {taken:?}");
    // That a run was asked for is an entry too, and no edit.
    let audited = "SELECT substr(subject, 10)::bigint AS campaign, before -> 'budget' AS old, after -> 'budget' AS new
        FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action IN ('budget.apply', 'budget.restore', 'budget.now')";
    let audited = lines(world, shop, audited).await?;
    ensure!(audited == taken, "audited: {audited:?}, taken: {taken:?}");
    let asked = "SELECT count(*) FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action LIKE 'budget.%'";
    let runs = "SELECT count(*) FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action = 'budget.run'";
    let (all, runs): (i64, i64) = (world.value(asked, &[&shop]).await?, world.value(runs, &[&shop]).await?);
    ensure!(all - runs == taken.len() as i64, "{all} entries, {runs} of them are requests");
    Ok(())
}

#[test]
fn each_edit_has_one_line_and_one_entry_whatever_it_was_for() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        let all = campaigns(&world, shop).await?;
        let [_, second, third, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        let slot = all_day(&world, &first, "100", true).await?;
        tick(&world).await?;
        until_budget(&world, &first, 100.0).await?;
        until_logged(&world, shop, 1).await?;
        change(&world, &slot, "is_active = false").await?;
        tick(&world).await?;
        until_budget(&world, &first, 50.0).await?;
        until_logged(&world, shop, 2).await?;

        // Nobody learns of the answer to the edit, which was taken.
        for endpoint in EDIT {
            let fault = json!({ "kind": "apply_then_status", "status": 500, "times": 1,
                                "match": { "endpoint": endpoint, "shop": shop } });
            world.fault(fault).await?;
        }
        set(&world, third, 40.0).await?;
        all_day(&world, third, "90", false).await?;
        tick(&world).await?;
        until_budget(&world, third, 90.0).await?;
        until_logged(&world, shop, 3).await?;

        set(&world, second, 50.0).await?;
        let second = Campaign { budget: 50.0, ..second.clone() };
        let slot = all_day(&world, &second, "64", false).await?;
        change(&world, &slot, "specific_dates = '{2020-01-01}'").await?;
        for run in 4..=6 {
            let path = format!("/v1/shops/{shop}/budgets/run");
            let (status, body) = world.post(&path, json!({ "schedule_id": slot })).await?;
            ensure!(status == 200, "{status} {body}");
            until_budget(&world, &second, 64.0).await?;
            until_logged(&world, shop, run).await?;
            set(&world, &second, 50.0).await?;
        }
        look(&world, shop).await?;
        ensure!(taken(&world, shop).await?.len() == 6, "{:?}", taken(&world, shop).await?);
        ensure_booked(&world, shop).await
    });
}
