//! What must be written down when the month is over.

use super::{definition::Row, judge::HEALING_MS, watch::Watched};
use crate::{
    db::budgets::Log,
    faults::Fault,
    world::{DAY_MS, MINUTE_MS, World},
};

/// A line may come so long after what it tells of, where nothing is left to be done.
const LINE_MS: i64 = DAY_MS;
/// What was sent in the last minutes may not be recorded yet.
const LAST_MS: i64 = 10 * MINUTE_MS;
/// Shorter slots may pass unseen, in milliseconds.
const SHORT_MS: i64 = 2 * MINUTE_MS;

/// Every edit has its line and its entry, every slot that was missed its line and its alert, and nothing is left open.
pub fn at_end(world: &World, now_ms: i64) -> Result<(), String> {
    let memory = world.budgets.borrow();
    for ((shop, id), watched) in &memory.campaigns {
        let named = |what: String| format!("9: campaign {id} of shop {shop}: {what}");
        let db = world.db.borrow();
        let lines: Vec<&Log> =
            db.budgets.logs.iter().filter(|log| (log.shop_id, log.campaign_id) == (*shop, *id)).collect();
        // Where nobody knows the clock, nothing is written down before somebody does.
        let late_ms = if world.case.faults.contains(Fault::RegionLost) { 30 * DAY_MS } else { LINE_MS };
        edits(watched, &lines, now_ms, late_ms).map_err(named)?;
        refusals(watched, &lines, now_ms, late_ms).map_err(named)?;
        entries(world, (*shop, *id), watched, now_ms).map_err(named)?;
        missed(world, *shop, watched, &lines).map_err(named)?;
        let mut tally = world.tally.borrow_mut();
        let taken = watched.edits.iter().filter(|edit| edit.refused.is_none()).count();
        *tally.budgets.entry("edits taken").or_default() += taken as u64;
        *tally.budgets.entry("edits refused").or_default() += (watched.edits.len() - taken) as u64;
        *tally.budgets.entry("slots missed").or_default() += watched.missed.len() as u64;
    }
    drop(memory);
    loose_ends(world, now_ms)
}

/// Each edit that was taken has a line of its own, and each success is one.
fn edits(watched: &Watched, lines: &[&Log], now_ms: i64, late_ms: i64) -> Result<(), String> {
    let mut left: Vec<&Log> = lines.iter().copied().filter(|log| log.status != "skipped").collect();
    for edit in watched.edits.iter().filter(|edit| edit.refused.is_none()) {
        let its = left.iter().position(|log| {
            log.new_budget == edit.budget && (edit.at_ms..edit.at_ms + late_ms).contains(&log.executed_at_ms)
        });
        match its {
            Some(place) => drop(left.remove(place)),
            None if edit.at_ms > now_ms - LAST_MS => {}
            None => {
                return Err(format!("an edit to {} at {} has no line in the log", edit.budget, edit.at_ms));
            }
        }
    }
    // Where nobody knows whether an edit had an effect, a hand that sets the same is taken for it.
    let is_unsure = |log: &Log| {
        let mut unsure = watched.edits.iter().filter(|edit| edit.refused.as_deref() == Some("error_param"));
        unsure.any(|edit| {
            edit.budget == log.new_budget && (edit.at_ms..edit.at_ms + late_ms).contains(&log.executed_at_ms)
        })
    };
    match left.iter().find(|log| log.status == "success" && !is_unsure(log)) {
        Some(log) => {
            Err(format!("the log says that {} was written, and it was not: {log:?}", log.new_budget))
        }
        None => Ok(()),
    }
}

/// Each edit that was refused is told of.
fn refusals(watched: &Watched, lines: &[&Log], now_ms: i64, late_ms: i64) -> Result<(), String> {
    for edit in watched.edits.iter().filter(|edit| edit.refused.is_some() && edit.at_ms <= now_ms - LAST_MS) {
        let is_told = lines.iter().any(|log| {
            log.new_budget == edit.budget && (edit.at_ms..edit.at_ms + late_ms).contains(&log.executed_at_ms)
        });
        if !is_told {
            return Err(format!(
                "an edit to {} at {} was refused, and no line says so",
                edit.budget, edit.at_ms
            ));
        }
    }
    Ok(())
}

/// The audit log has as many.
fn entries(world: &World, (_, id): (i64, i64), watched: &Watched, now_ms: i64) -> Result<(), String> {
    let db = world.db.borrow();
    let subject = format!("campaign {id}");
    let is_sent = |entry: &&serde_json::Value| {
        entry["subject"] == subject.as_str()
            && entry["action"].as_str().is_some_and(|action| action.starts_with("budget."))
            && !matches!(entry["after"]["outcome"].as_str(), Some("skipped" | "already_there"))
    };
    let entries = db.audits.iter().filter(is_sent).count();
    let taken =
        watched.edits.iter().filter(|edit| edit.refused.is_none() && edit.at_ms <= now_ms - LAST_MS).count();
    if entries < taken {
        return Err(format!("{taken} edits were taken, and the audit log has {entries}"));
    }
    Ok(())
}

/// A slot of which nothing came has a line, and there was an alert.
fn missed(world: &World, shop: i64, watched: &Watched, lines: &[&Log]) -> Result<(), String> {
    let db = world.db.borrow();
    for slot in &watched.missed {
        if !slot.was_due
            || slot.to_ms - slot.from_ms < SHORT_MS
            || slot.to_ms + HEALING_MS > world.now_ms.get()
        {
            continue;
        }
        let cause = &slot.open.cause;
        // Of a form that a schedule has no more nobody can know afterwards.
        let is_it = |row: &Row| {
            let form = (row.is_active, row.start, row.end, row.budget);
            row.id == cause.schedule && form == (true, cause.start, cause.end, cause.budget)
        };
        let is_gone = !watched.rows.iter().any(is_it);
        let date = cause.date.to_string();
        let mut told = lines.iter().filter(|log| {
            log.slot_date == date
                && (is_gone || log.schedule_id.as_deref() == Some(cause.schedule.as_str()))
                && log.executed_at_ms >= slot.from_ms
        });
        let Some(told) = told.next_back() else {
            if is_gone {
                continue;
            }
            return Err(format!("the slot {cause:?} was missed, and no line says so"));
        };
        // One that was looked at had its alert while it was open, if that could be stored: calm moments ask for it.
        let reason = told.error_message.as_deref().unwrap_or_default();
        if !["missed:", "slot_over:"].iter().any(|word| reason.starts_with(word)) {
            continue;
        }
        let is_alerted = db.alerts.iter().any(|alert| {
            alert.shop_id == Some(shop)
                && alert.kind.starts_with("budget")
                && alert.last_seen_at_ms >= slot.from_ms
        });
        if !is_alerted && !is_gone {
            return Err(format!("the slot {cause:?} was missed, and there was no alert"));
        }
    }
    Ok(())
}

/// Nothing is left open.
fn loose_ends(world: &World, now_ms: i64) -> Result<(), String> {
    let db = world.db.borrow();
    let is_open = |write: &serde_json::Value| !write.is_null();
    if let Some((key, state)) =
        db.budgets.states.iter().find(|(_, state)| state.write.as_ref().is_some_and(is_open))
    {
        return Err(format!("9: a write of {key:?} is still open: {:?}", state.write));
    }
    let is_held =
        |lease: &crate::db::budgets::Lease| lease.lease_until_ms.is_some_and(|until| until > now_ms);
    if let Some((shop, lease)) = db.budgets.leases.iter().find(|(_, lease)| is_held(lease)) {
        return Err(format!("9: shop {shop} is still held: {lease:?}"));
    }
    if let Some(lost) = world.dead.borrow().iter().find(|id| !db.letters.contains_key(*id)) {
        return Err(format!("10: the dead letter {lost} was lost"));
    }
    Ok(())
}
