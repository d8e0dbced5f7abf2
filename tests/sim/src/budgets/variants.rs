//! Deliberate breaks of budgets, made at the ports: each is a root that was there once, and each must be found.

use super::judge;
use crate::{case::Variant, world::World};
use mock_shopee::SimReply;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{Param, Statement};

/// So young a refusal counts as the one that is recorded, in milliseconds.
const REFUSED_MS: i64 = 60_000;

/// What the breaks remember.
#[derive(Default)]
pub struct Kept {
    /// Schedules as they were first loaded, by day and id.
    schedules: BTreeMap<(String, String), Value>,
    /// What we wrote last, by campaign, in major units.
    written: BTreeMap<i64, Value>,
}

/// Before a statement runs: how many lines the log has.
pub fn before(world: &World, statement: &Statement) -> usize {
    if statement.name == "budgets.record" { world.db.borrow().budgets.logs.len() } else { 0 }
}

/// After a statement has run: what its caller sees.
pub fn after(
    world: &World,
    statement: &Statement,
    params: &[Param<'_>],
    rows: Vec<String>,
    lines: usize,
) -> Vec<String> {
    let Some(variant) = world.case.variant else { return rows };
    let [Param::I64(shop), ..] = *params else { return rows };
    match (variant, statement.name) {
        (Variant::DecidedOnce, "budgets.arm") if rows != ["\"lost\""] => vec![json!("go").to_string()],
        (Variant::ChangesUnseen | Variant::StaleBudgets | Variant::RegionGuessed, "budgets.load") => {
            rows.into_iter().map(|row| loaded(world, variant, shop, &row)).collect()
        }
        (Variant::DebtForgotten, "budgets.record") => {
            forget(world, shop);
            rows
        }
        (Variant::LinesOnce, "budgets.record") => {
            leave_out(world, lines);
            rows
        }
        _ => rows,
    }
}

fn loaded(world: &World, variant: Variant, shop: i64, row: &str) -> String {
    let Ok(mut row) = serde_json::from_str::<Value>(row) else { return row.to_owned() };
    match variant {
        Variant::ChangesUnseen => {
            let day = row["local"].as_str().unwrap_or_default().chars().take(10).collect::<String>();
            let mut memory = world.budgets.borrow_mut();
            for schedule in row["schedules"].as_array_mut().into_iter().flatten() {
                let key = (day.clone(), schedule["id"].as_str().unwrap_or_default().to_owned());
                *schedule = memory.kept.schedules.entry(key).or_insert_with(|| schedule.clone()).clone();
            }
        }
        Variant::StaleBudgets => {
            let db = world.db.borrow();
            let synced = db.campaigns.range((shop, i64::MIN)..=(shop, i64::MAX));
            let spend = synced.filter(|(_, row)| row.value.is_ongoing());
            let seen = spend.map(|((_, id), row)| {
                let budget =
                    row.value.campaign_budget.map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
                json!({ "campaign_id": id, "budget": budget })
            });
            row["budgets"] = seen.collect();
        }
        _ if row["local"].is_null() => {
            let clock = super::definition::local(world.now_ms.get(), chrono_tz::Tz::Asia__Singapore);
            row["local"] = clock.format("%Y-%m-%dT%H:%M:%S").to_string().into();
            row["region"] = "SG".into();
        }
        _ => {}
    }
    row.to_string()
}

/// What is owed is gone with the first refusal.
fn forget(world: &World, shop: i64) {
    judge::follow(world);
    let now_ms = world.now_ms.get();
    let memory = world.budgets.borrow();
    let refused = memory.campaigns.range((shop, i64::MIN)..=(shop, i64::MAX)).filter(|(_, watched)| {
        watched.edits.last().is_some_and(|edit| edit.refused.is_some() && edit.at_ms + REFUSED_MS >= now_ms)
    });
    for (key, _) in refused {
        if let Some(state) = world.db.borrow_mut().budgets.states.get_mut(key)
            && let Some(before) = state.known.pointer_mut("/applied/before")
        {
            *before = Value::Null;
        }
    }
}

/// Lines that tell what the one before has told.
fn leave_out(world: &World, lines: usize) {
    let mut db = world.db.borrow_mut();
    let new = db.budgets.logs.split_off(lines);
    for log in new {
        let last = db
            .budgets
            .logs
            .iter()
            .rev()
            .find(|old| (old.shop_id, old.campaign_id) == (log.shop_id, log.campaign_id));
        let is_same = last.is_some_and(|old| {
            (&old.schedule_id, &old.slot_date, &old.action, &old.status, old.new_budget, &old.error_message)
                == (
                    &log.schedule_id,
                    &log.slot_date,
                    &log.action,
                    &log.status,
                    log.new_budget,
                    &log.error_message,
                )
        });
        if !is_same {
            db.budgets.logs.push(log);
        }
    }
}

/// What the platform has answered, as the app sees it.
pub fn replied(world: &World, url: &str, reply: SimReply) -> SimReply {
    match world.case.variant {
        Some(Variant::HandsUnseen) if url.contains("campaign_setting_info") => shown(world, reply),
        Some(Variant::ThrottleOfAll) if url.contains("/ads/edit_") => {
            let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
            if body["error"] != "ads.rate_limit.campaign_level" {
                return reply;
            }
            let body = json!({ "error": "ads_rate_limit_total_api", "message": "Too many requests.",
                               "request_id": "1" });
            SimReply { status: 403, body: body.to_string().into_bytes(), ..reply }
        }
        _ => reply,
    }
}

/// The settings with what we wrote last.
fn shown(world: &World, reply: SimReply) -> SimReply {
    judge::follow(world);
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    let memory = world.budgets.borrow();
    for row in body["response"]["campaign_list"].as_array_mut().into_iter().flatten() {
        let id = row["campaign_id"].as_i64().unwrap_or_default();
        if let Some(written) = memory.kept.written.get(&id) {
            row["common_info"]["campaign_budget"] = written.clone();
        }
    }
    SimReply { body: body.to_string().into_bytes(), ..reply }
}

/// An edit was taken.
pub fn wrote(kept: &mut Kept, campaign_id: i64, budget: f64) {
    kept.written.insert(campaign_id, json!(budget));
}
