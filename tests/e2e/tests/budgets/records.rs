//! Each edit that Shopee has taken is in both books, once.

use super::{
    ZONE,
    campaign::{Campaign, EDIT, campaign_at_50, campaigns},
    changes::change,
    http::look,
    tick, until_logged,
};
use anyhow::{Context, Result, ensure};
use e2e::{Shop, run_within_a_day};
use serde_json::{Value, json};
use xtask::stack::Front;

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
async fn taken(shop: Shop<'_>) -> Result<Vec<Line>> {
    let edits = shop.edits().await?;
    let line = |edit: &Value| {
        let id = edit["campaign_id"].as_i64().context("an edit has no campaign")?;
        Ok((id, cents(&edit["old"]["budget"])?, cents(&edit["new"]["budget"])?))
    };
    let mut lines: Vec<Line> = edits.iter().map(line).collect::<Result<_>>()?;
    lines.sort_unstable();
    Ok(lines)
}

/// Rows with `campaign`, `old` and `new`.
async fn lines(shop: Shop<'_>, query: &str) -> Result<Vec<Line>> {
    let query = format!("SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM ({query}) AS t");
    let rows: Value = shop.world.value(&query, &[&shop.id]).await?;
    let line = |row: &Value| {
        let id = row["campaign"].as_i64().context("a line has no campaign")?;
        Ok((id, cents(&row["old"])?, cents(&row["new"])?))
    };
    let mut lines: Vec<Line> = rows.as_array().context("no rows")?.iter().map(line).collect::<Result<_>>()?;
    lines.sort_unstable();
    Ok(lines)
}

async fn ensure_recorded(shop: Shop<'_>) -> Result<()> {
    let taken = taken(shop).await?;
    let logged = "SELECT campaign_id AS campaign, old_budget AS old, new_budget AS new
        FROM apishopee_ads_budget_logs WHERE shop_id = $1";
    let logged = lines(shop, logged).await?;
    ensure!(logged == taken, "logged: {logged:?}, taken: {taken:?}");
    // That a run was asked for is an entry too, and no edit.
    let audited = "SELECT substr(subject, 10)::bigint AS campaign, before -> 'budget' AS old, after -> 'budget' AS new
        FROM apishopee_ads_audit_log WHERE shop_id = $1 AND action IN ('budget.apply', 'budget.restore', 'budget.now')";
    let audited = lines(shop, audited).await?;
    ensure!(audited == taken, "audited: {audited:?}, taken: {taken:?}");
    let (all, runs) = (shop.audited("budget.%").await?, shop.audited("budget.run").await?);
    ensure!(all - runs == taken.len() as i64, "{all} entries, {runs} of them are requests");
    Ok(())
}

#[test]
fn each_edit_has_one_line_and_one_entry_whatever_it_was_for() {
    run_within_a_day(Front::Worker, ZONE, |world| async move {
        let first = campaign_at_50(&world).await?;
        let shop = first.shop;
        let all = campaigns(shop).await?;
        let [_, second, third, ..] = all.as_slice() else { anyhow::bail!("too few campaigns: {all:?}") };
        let slot = first.schedule_and_restore("100").await?;
        tick(&world).await?;
        first.until_budget(100.0).await?;
        until_logged(shop, 1).await?;
        change(&world, &slot, "is_active = false").await?;
        tick(&world).await?;
        first.until_budget(50.0).await?;
        until_logged(shop, 2).await?;

        // Nobody learns of the answer to the edit, which was taken.
        for endpoint in EDIT {
            let fault = json!({ "kind": "apply_then_status", "status": 500, "times": 1,
                                "match": { "endpoint": endpoint, "shop": shop.id } });
            world.fault(fault).await?;
        }
        third.set_at_shopee(40.0).await?;
        third.schedule_all_day("90").await?;
        tick(&world).await?;
        third.until_budget(90.0).await?;
        until_logged(shop, 3).await?;

        second.set_at_shopee(50.0).await?;
        let second = Campaign { budget: 50.0, ..second.clone() };
        let slot = second.schedule_all_day("64").await?;
        change(&world, &slot, "specific_dates = '{2020-01-01}'").await?;
        for run in 4..=6 {
            let path = format!("/v1/shops/{shop}/budgets/run");
            world.post(&path, json!({ "schedule_id": slot })).await?.expect(200)?;
            second.until_budget(64.0).await?;
            until_logged(shop, run).await?;
            second.set_at_shopee(50.0).await?;
        }
        look(shop).await?;
        ensure!(taken(shop).await?.len() == 6, "{:?}", taken(shop).await?);
        ensure_recorded(shop).await
    });
}
