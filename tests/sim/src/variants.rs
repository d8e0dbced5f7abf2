//! Deliberate breaks, made at the ports: each must be found by the invariants, or they find nothing.

use crate::{budgets, case::Variant, invariants, world::World};
use serde_json::{Value, json};
use std::rc::Rc;
use store::{Param, Statement};
use sync_core::{AttemptOutcome, ShopId, Stage};
use sync_flow::commands::Command;

/// A command on its way to a shop's object.
pub fn seen(world: &Rc<World>, shop_id: ShopId, command: &Command) {
    let Command::Commit { generation, key, outcome: AttemptOutcome::Done { result, .. }, .. } = command
    else {
        return;
    };
    match world.case.variant {
        Some(Variant::CounterInsteadOfSet) if key.stage == Stage::Campaigns => {
            let mut counters = world.counters.borrow_mut();
            *counters.entry((shop_id.0, generation.0)).or_default() += i64::from(result.accounted());
        }
        Some(Variant::CompletionByIndex) if key.stage == Stage::Performance => {
            // The first chunk of the second stage that ends is taken for the last one when its index says so.
            let last = world.last_index(shop_id, *generation);
            if last == Some(key.index) {
                world.completed_by_index.borrow_mut().insert((shop_id.0, generation.0));
            }
        }
        _ => {}
    }
}

/// Runs a statement on the model.
pub fn execute(world: &Rc<World>, statement: &Statement, params: &[Param<'_>]) -> Vec<String> {
    let early =
        world.case.variant == Some(Variant::CommitBeforeWrite) && statement.name.starts_with("write_");
    if early && world.chance(500) {
        // The consumer goes on as if its rows were in, and dies before they are.
        let given = |n: usize| match params.get(n) {
            Some(Param::Text(text)) => serde_json::from_str::<Vec<Value>>(text).map_or(0, |rows| rows.len()),
            _ => 0,
        };
        let rows = given(1);
        let answer = json!({ "fenced": true, "written": rows, "unchanged": 0 });
        let of_campaigns = statement.name == "write_campaigns.campaigns";
        return vec![
            if of_campaigns { json!({ "rows": answer, "status_since_ms": [] }) } else { answer }.to_string(),
        ];
    }
    if world.case.variant == Some(Variant::EditBeforeStore) && statement.name == "budgets.arm" {
        return vec![json!("go").to_string()];
    }
    let tampered = match statement.name {
        "runs.project" => picture(world, params),
        _ => None,
    };
    let before = budgets::variants::before(world, statement);
    let mut db = world.db.borrow_mut();
    db.now_ms = world.now_ms.get();
    let rows = match &tampered {
        Some(text) => db.execute(statement, &[Param::Text(text)]),
        None => db.execute(statement, params),
    };
    if let Some(found) = db.violation.take() {
        world.broken(found);
    }
    let drawn = db.drawn.take();
    drop(db);
    let rows = budgets::variants::after(world, statement, params, rows, before);
    budgets::stored(world, statement, params, &rows);
    if let Some(shop) = drawn {
        invariants::progress(world, shop);
    }
    rows
}

fn picture(world: &Rc<World>, params: &[Param<'_>]) -> Option<String> {
    let [Param::Text(text)] = params else { return None };
    let mut picture: Value = serde_json::from_str(text).ok()?;
    let key = (picture["shop_id"].as_i64()?, picture["generation"].as_i64()?);
    match world.case.variant? {
        Variant::CounterInsteadOfSet => {
            let counted = world.counters.borrow().get(&key).copied().unwrap_or(0);
            picture["synced_campaigns"] = counted.into();
        }
        Variant::CompletionByIndex if world.completed_by_index.borrow().contains(&key) => {
            picture["stage"] = "completed".into();
        }
        _ => return None,
    }
    Some(picture.to_string())
}
