//! After everything has come to its end, every shop is synced once more without a fault: then each row is exactly what
//! the platform says.

use crate::{
    db::{Campaign, FigureKey, Figures},
    world::World,
};
use chrono::NaiveDate;
use mock_shopee::{Question, TruthKind};
use serde_json::Value;
use std::collections::HashSet;
use sync_core::Run;

/// Compares the shops that can be synced. Fails with the first row that is wrong.
pub fn check(world: &World) -> Result<(), String> {
    for shop in world.shops() {
        let db = world.db.borrow();
        if db.shops.get(&shop).is_none_or(|row| row.token_state != "ok") {
            continue;
        }
        drop(db);
        let run = world.stored(shop).and_then(|shop| shop.run);
        let Some(run) = run.filter(|run| run.state() == sync_core::RunState::Completed) else {
            let end = world.stored(shop).and_then(|shop| shop.run).map(|run| run.header.end);
            return Err(format!("7: shop {shop} cannot be synced although nothing fails any more: {end:?}"));
        };
        campaigns(world, shop)?;
        figures(world, shop, &run)?;
    }
    Ok(())
}

fn ask(
    world: &World,
    shop: i64,
    kind: TruthKind,
    days: Option<(NaiveDate, NaiveDate)>,
) -> Result<Vec<Value>, String> {
    let question = Question { kind, from: days.map(|days| days.0), to: days.map(|days| days.1) };
    world.platform.truth(world.now_ms.get(), shop as u64, question).map_err(|error| error.to_string())
}

fn long(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or(0)
}

fn cents(row: &Value, name: &str) -> i64 {
    (row.get(name).and_then(Value::as_f64).unwrap_or(0.0) * 100.0).round() as i64
}

fn campaigns(world: &World, shop: i64) -> Result<(), String> {
    let db = world.db.borrow();
    let mut listed = 0;
    for row in ask(world, shop, TruthKind::Campaigns, None)? {
        listed += 1;
        let id = long(&row, "campaign_id");
        let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let same = |kept: &Campaign| {
            kept.name == text("name")
                && kept.status == text("status")
                && kept.ad_type == text("ad_type")
                && kept.bidding_method == text("bidding_method")
                && kept.campaign_placement == text("campaign_placement")
                && kept.campaign_budget == Some(cents(&row, "campaign_budget"))
                && kept.item_count == Some(long(&row, "item_count"))
        };
        match db.campaigns.get(&(shop, id)) {
            Some(kept) if kept.vanished_at_ms.is_none() && same(&kept.value) => {}
            kept => {
                return Err(format!("2: campaign {id} of shop {shop} is {row}, and is stored as {kept:?}"));
            }
        }
    }
    let stored = db.campaigns.range((shop, i64::MIN)..=(shop, i64::MAX));
    let there = stored.filter(|(_, row)| row.vanished_at_ms.is_none()).count() as i64;
    if there > listed && listed > 0 {
        return Err(format!("2: shop {shop} has {listed} campaigns, and {there} count as being there"));
    }
    let shown = db.progress.get(&shop).map(|p| (p.sync_stage.clone(), p.total_campaigns, p.synced_campaigns));
    if shown == Some(("completed".to_owned(), listed, listed)) {
        return Ok(());
    }
    Err(format!("1: shop {shop} has {listed} campaigns, and its progress row says {shown:?}"))
}

/// What the platform says of days or hours, by the keys under which it is stored.
pub fn told(
    world: &World,
    shop: i64,
    kind: TruthKind,
    days: Option<(NaiveDate, NaiveDate)>,
) -> Result<Vec<(FigureKey, Figures)>, String> {
    let read = |row: &Value| {
        let date = row.get("performance_date").and_then(Value::as_str).and_then(|date| date.parse().ok());
        let date = date.ok_or("a truth without a date")?;
        let hour = row.get("hour").and_then(Value::as_i64).unwrap_or(-1);
        let figures = Figures {
            impression: Some(long(row, "impression")),
            clicks: Some(long(row, "clicks")),
            expense: cents(row, "expense"),
            direct_order: Some(long(row, "direct_order")),
            direct_gmv: Some(cents(row, "direct_gmv")),
            broad_order: Some(long(row, "broad_order")),
            broad_gmv: Some(cents(row, "broad_gmv")),
            direct_item_sold: Some(long(row, "direct_item_sold")),
            broad_item_sold: Some(long(row, "broad_item_sold")),
        };
        Ok(((shop, long(row, "campaign_id"), date, hour), figures))
    };
    ask(world, shop, kind, days)?.iter().map(read).collect()
}

fn figures(world: &World, shop: i64, run: &Run) -> Result<(), String> {
    let window = &run.header.window;
    let spenders: HashSet<i64> = run.spenders().collect();
    let daily = Some((window.daily_from, window.daily_to));
    let mut asked = vec![(TruthKind::Daily, daily), (TruthKind::ShopDaily, daily)];
    for day in &window.hourly {
        asked.push((TruthKind::Hourly, Some((*day, *day))));
        asked.push((TruthKind::ShopHourly, Some((*day, *day))));
    }
    let db = world.db.borrow();
    // The fake lets some campaigns go on that are paused; those that have been paused for long are left out rightly.
    let is_paused = |id: i64| {
        db.campaigns.get(&(shop, id)).is_some_and(|row| row.value.status.as_deref() == Some("paused"))
    };
    for (kind, days) in asked {
        for (key, truth) in told(world, shop, kind, days)? {
            if key.1 != 0 && !spenders.contains(&key.1) && is_paused(key.1) {
                continue;
            }
            let kept = db.performance.get(&key).map(|row| row.value);
            if kept != Some(truth) {
                return Err(format!("2: the figures {key:?} are {truth:?}, and are stored as {kept:?}"));
            }
        }
    }
    Ok(())
}
