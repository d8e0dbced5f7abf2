//! An installation whose log still refers to the schedules: a line that names one that is gone is refused, and with it all
//! that its statement would store.

use crate::{case::Variant, db::budgets::State, world::World};
use serde_json::Value;
use store::{DbError, Param, Statement};

/// What a statement would have to leave as it was.
pub struct Before {
    shop: i64,
    logs: usize,
    audits: usize,
    states: Vec<((i64, i64), State)>,
}

/// Before a statement runs.
pub fn before(world: &World, statement: &Statement, params: &[Param<'_>]) -> Result<Option<Before>, DbError> {
    let [Param::I64(shop), ..] = *params else { return Ok(None) };
    if statement.name != "budgets.record" {
        return Ok(None);
    }
    if world.case.variant == Some(Variant::LogNamesSchedules) {
        names(world, params)?;
    }
    if !world.budgets.borrow().has_old_tables {
        return Ok(None);
    }
    let db = world.db.borrow();
    let states = db.budgets.states.range((shop, i64::MIN)..=(shop, i64::MAX));
    let states = states.map(|(key, state)| (*key, state.clone())).collect();
    Ok(Some(Before { shop, logs: db.budgets.logs.len(), audits: db.audits.len(), states }))
}

/// After it has run: everything is as before if a line names a schedule that is gone.
pub fn check(world: &World, before: Option<Before>) -> Result<(), DbError> {
    let Some(Before { shop, logs, audits, states }) = before else { return Ok(()) };
    world.with_db(|db| {
        let is_known = |id: &String| db.budgets.schedules.contains_key(id);
        let Some(log) = db.budgets.logs[logs..]
            .iter()
            .find(|log| log.schedule_id.as_ref().is_some_and(|id| !is_known(id)))
        else {
            return Ok(());
        };
        let message = format!("the log refers to a schedule that is not there: {:?}", log.schedule_id);
        db.budgets.logs.truncate(logs);
        db.audits.truncate(audits);
        db.budgets.states.retain(|(of, _), _| *of != shop);
        db.budgets.states.extend(states);
        Err(DbError { code: Some("23503".to_owned()), ..DbError::new(message) })
    })
}

/// A deliberate break: lines name their schedules whether these are there or not.
fn names(world: &World, params: &[Param<'_>]) -> Result<(), DbError> {
    let Some(Param::Text(entries)) = params.last() else { return Ok(()) };
    let entries: Vec<Value> = serde_json::from_str(entries).unwrap_or_default();
    let db = world.db.borrow();
    let is_gone = |entry: &Value| {
        let id = entry["log"]["schedule_id"].as_str();
        id.is_some_and(|id| !db.budgets.schedules.contains_key(id))
    };
    if entries.iter().any(is_gone) {
        let message = "the log refers to a schedule that is not there".to_owned();
        return Err(DbError { code: Some("23503".to_owned()), ..DbError::new(message) });
    }
    Ok(())
}
