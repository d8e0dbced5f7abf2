//! What must hold of a month of budgets.

use super::{
    Watched,
    definition::{Slot, comes_twice, local},
};
use crate::world::{MINUTE_MS, World};
use chrono::TimeDelta;
use mock_shopee::Edit;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// So long after its slot begins or ends a budget may be another one while nothing fails.
const PROMPT_MS: i64 = MINUTE_MS;
/// So long after the end of its slot an edit may arrive that was sent before, in milliseconds.
const LATE_MS: i64 = 2 * MINUTE_MS;
/// Slots that are open for so long are not missed while nothing fails, in minutes.
const OPEN_MINUTES: usize = 2;

/// What is known of a campaign's edits.
struct Seen {
    /// By reference id, without the number of the edit, oldest first.
    edits: Vec<(String, Edit)>,
    /// When each slot was seen to be applied, by the reference id of its edit.
    applied: BTreeMap<String, i64>,
}

fn cents(major: f64) -> i64 {
    (major * 100.0).round() as i64
}

/// Edits and the log, by campaign.
fn seen(world: &World) -> BTreeMap<(i64, i64), Seen> {
    let memory = world.budgets.borrow();
    let mut all: BTreeMap<(i64, i64), Seen> = memory
        .campaigns
        .keys()
        .map(|key| (*key, Seen { edits: Vec::new(), applied: BTreeMap::new() }))
        .collect();
    for shop in world.shops() {
        for edit in world.platform.edits(shop.unsigned_abs()).expect("the shop is there") {
            let id = slot_id(&edit.reference_id);
            let Some(seen) = all.get_mut(&(shop, edit.campaign_id)) else { continue };
            seen.applied.entry(id.clone()).or_insert(edit.at_ms);
            seen.edits.push((id, edit));
        }
    }
    for log in &world.db.borrow().budgets.logs {
        let was_there = log.error_message.as_deref().is_some_and(|why| why.starts_with("already_there"));
        if let Some(seen) = all.get_mut(&(log.shop_id, log.campaign_id)).filter(|_| was_there) {
            seen.applied.entry(log_id(log)).or_insert(log.executed_at_ms);
        }
    }
    all
}

/// The end of a slot that a reference id tells of.
fn slot_id(reference_id: &str) -> String {
    let (slot, rest) = reference_id.split_at_checked(45).unwrap_or((reference_id, ""));
    format!("{slot}{}", if rest.contains("-r") { "-r" } else { "" })
}

/// The end of a slot that a line of the log tells of.
fn log_id(log: &crate::db::budgets::Log) -> String {
    let day = log.slot_date.replace('-', "");
    let ending = if log.action == "restore" { "-r" } else { "" };
    format!("{}-{day}{ending}", log.schedule_id.as_deref().unwrap_or("gone"))
}

/// Nothing is under way: every campaign has the budget that its schedules give.
pub fn at_rest(world: &Rc<World>, now_ms: i64) -> Result<(), String> {
    let memory = world.budgets.borrow();
    for ((shop, id), seen) in seen(world) {
        let watched = &memory.campaigns[&(shop, id)];
        // What begins or ends at this very moment is still to be done.
        let clock = local(now_ms - 1, watched.zone);
        if comes_twice(clock, watched.zone) {
            continue;
        }
        let now = seen.edits.last().map_or(watched.first, |(_, edit)| cents(edit.new.budget));
        let is_applied = |slot: &Slot| seen.applied.contains_key(&slot.apply_id());
        let (expected, _) = watched.slots.expected(watched.first, clock, is_applied);
        if now != expected {
            tell(world, (shop, id), watched, &seen);
            return Err(format!(
                "9: campaign {id} of shop {shop} has budget {now} at {clock}, and its schedules say {expected}"
            ));
        }
    }
    world.tally.borrow_mut().budgets.entry("looks at rest").and_modify(|count| *count += 1).or_insert(1);
    Ok(())
}

/// The month is over.
pub fn at_end(world: &Rc<World>, strict_ms: i64, now_ms: i64) -> Result<(), String> {
    let memory = world.budgets.borrow();
    for ((shop, id), seen) in seen(world) {
        let watched = &memory.campaigns[&(shop, id)];
        let named = |what: String| {
            tell(world, (shop, id), watched, &seen);
            format!("9: campaign {id} of shop {shop}: {what}")
        };
        edits(watched, &seen).map_err(named)?;
        prompt(watched, &seen, strict_ms, now_ms - PROMPT_MS).map_err(named)?;
        logged(world, (shop, id), &seen).map_err(named)?;
        count(world, watched, &seen, now_ms);
    }
    drop(memory);
    loose_ends(world, now_ms)
}

/// In a trace, what has happened to a campaign.
fn tell(world: &World, (shop, id): (i64, i64), watched: &Watched, seen: &Seen) {
    if !world.trace {
        return;
    }
    let mut lines: Vec<(i64, String)> = Vec::new();
    for (reference_id, edit) in &seen.edits {
        lines.push((edit.at_ms, format!("EDIT {reference_id} {} to {}", edit.old.budget, edit.new.budget)));
    }
    for log in &world.db.borrow().budgets.logs {
        if (log.shop_id, log.campaign_id) == (shop, id) {
            let text = format!(
                "LOG {} {} {:?} to {} {:?}",
                log_id(log),
                log.status,
                log.old_budget,
                log.new_budget,
                log.error_message
            );
            lines.push((log.executed_at_ms, text));
        }
    }
    lines.sort();
    println!("campaign {id} of shop {shop}, at first {}", watched.first);
    for (at_ms, line) in lines {
        println!("{} {} {line}", at_ms - world.start_ms, local(at_ms, watched.zone));
    }
    for slot in &watched.slots.0 {
        println!(
            "{} to {}: {} {}{}",
            slot.start,
            slot.end,
            slot.apply_id(),
            slot.budget,
            if slot.restores { ", restores" } else { "" }
        );
    }
}

/// No end of a slot was written twice, or with another budget than its own, or at another time.
fn edits(watched: &Watched, seen: &Seen) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    if let Some((id, _)) = seen.edits.iter().find(|(id, _)| !ids.insert(id)) {
        return Err(format!("{id} was accepted twice"));
    }
    for (id, edit) in &seen.edits {
        let clock = local(edit.at_ms, watched.zone);
        let (new, late) = (cents(edit.new.budget), TimeDelta::milliseconds(LATE_MS));
        if let Some(slot) = watched.slots.0.iter().find(|slot| slot.apply_id() == *id) {
            if new != slot.budget {
                return Err(format!("{id} was applied as {new} instead of {}", slot.budget));
            }
            if clock < slot.start || clock >= slot.end + late {
                return Err(format!(
                    "{id} was applied at {clock}; it is from {} to {}",
                    slot.start, slot.end
                ));
            }
        } else if let Some(slot) = watched.slots.0.iter().find(|slot| slot.restore_id() == *id) {
            let is_applied =
                |slot: &Slot| seen.applied.get(&slot.apply_id()).is_some_and(|at| *at <= edit.at_ms);
            let (now, owed) = watched.slots.expected(watched.first, clock, is_applied);
            // A slot whose edit came to nothing has taken over what an earlier one owes.
            let before = owed.get(id).copied().unwrap_or(now);
            if new != before {
                return Err(format!("{id} brought back {new} and not {before}"));
            }
            if clock < slot.end && !comes_twice(clock, watched.zone) {
                return Err(format!("{id} was written at {clock}, before {}", slot.end));
            }
        } else {
            return Err(format!("{id} is no slot"));
        }
    }
    Ok(())
}

/// While nothing fails, no slot is missed, and each is applied at once.
fn prompt(watched: &Watched, seen: &Seen, from_ms: i64, to_ms: i64) -> Result<(), String> {
    let minutes: Vec<i64> = (from_ms..to_ms).step_by(MINUTE_MS as usize).collect();
    for slot in &watched.slots.0 {
        let open = minutes.iter().filter(|at| slot.is_open(local(**at, watched.zone)));
        let Some(begun_ms) = open.clone().next().filter(|_| open.count() >= OPEN_MINUTES) else { continue };
        match seen.applied.get(&slot.apply_id()) {
            None => return Err(format!("{} was missed although nothing failed", slot.apply_id())),
            Some(at) if *at > begun_ms + PROMPT_MS => {
                let late_s = (at - begun_ms) / 1_000;
                return Err(format!(
                    "{} was applied {late_s} s late although nothing failed",
                    slot.apply_id()
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What was done is in the log, and what the log calls a success was done.
fn logged(world: &World, (shop, id): (i64, i64), seen: &Seen) -> Result<(), String> {
    let db = world.db.borrow();
    let of_campaign = || db.budgets.logs.iter().filter(|log| (log.shop_id, log.campaign_id) == (shop, id));
    let told: BTreeSet<String> = of_campaign()
        .filter(|log| {
            log.status != "skipped"
                || log.error_message.as_deref().is_some_and(|why| why.starts_with("already_there"))
        })
        .map(log_id)
        .collect();
    if let Some((id, _)) = seen.edits.iter().find(|(id, _)| !told.contains(id)) {
        return Err(format!("{id} was accepted, and the log does not know it"));
    }
    for log in of_campaign().filter(|log| log.status == "success") {
        let id = log_id(log);
        if !seen.edits.iter().any(|(done, edit)| *done == id && cents(edit.new.budget) == log.new_budget) {
            return Err(format!("the log says that {id} was written, and it was not"));
        }
    }
    Ok(())
}

/// How many slots were applied, and how many longer ones were missed.
fn count(world: &World, watched: &Watched, seen: &Seen, now_ms: i64) {
    let clock = |at_ms: i64| local(at_ms, watched.zone);
    let over = watched
        .slots
        .0
        .iter()
        .filter(|slot| slot.start >= clock(world.start_ms) && slot.end <= clock(now_ms - PROMPT_MS));
    let mut tally = world.tally.borrow_mut();
    for slot in over {
        let is_long = slot.end - slot.start >= TimeDelta::hours(1);
        let what = match (seen.applied.contains_key(&slot.apply_id()), is_long) {
            (true, _) => "slots applied",
            (false, true) => "long slots missed",
            (false, false) => "short slots missed",
        };
        *tally.budgets.entry(what).or_default() += 1;
    }
    *tally.budgets.entry("edits").or_default() += seen.edits.len() as u64;
}

/// Nothing is left open.
fn loose_ends(world: &World, now_ms: i64) -> Result<(), String> {
    let db = world.db.borrow();
    if let Some((key, state)) = db.budgets.states.iter().find(|(_, state)| state.write.is_some()) {
        return Err(format!("9: a write of {key:?} is still open: {:?}", state.write));
    }
    let is_held =
        |lease: &crate::db::budgets::Lease| lease.lease_until_ms.is_some_and(|until| until > now_ms);
    if let Some((shop, lease)) = db.budgets.leases.iter().find(|(_, lease)| is_held(lease)) {
        return Err(format!("9: shop {shop} is still held: {lease:?}"));
    }
    if let Some(alert) =
        db.alerts.iter().find(|alert| alert.kind.starts_with("budget") && alert.resolved_at_ms.is_none())
    {
        return Err(format!("9: all is well, and the alert stands: {}", alert.text));
    }
    if let Some(lost) = world.dead.borrow().iter().find(|id| !db.letters.contains_key(*id)) {
        return Err(format!("10: the dead letter {lost} was lost"));
    }
    Ok(())
}
