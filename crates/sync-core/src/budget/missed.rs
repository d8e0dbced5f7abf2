//! Slots that were never open for us: nobody looked at the shop from their beginning to their end.

use super::{known::Known, schedule::Schedule, slot::SlotKey};
use crate::limits::{MISSED_SLOTS_MAX, SLOT_MEMORY_DAYS};
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use std::collections::BTreeMap;

/// A span of the shop's wall clock in which nobody looked at its budgets.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    /// The last look.
    pub from: NaiveDateTime,
    /// The present one.
    pub to: NaiveDateTime,
}

/// A slot that was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed<'a> {
    /// Its schedule.
    pub schedule: &'a Schedule,
    /// The slot.
    pub slot: SlotKey,
}

/// The slots that began and ended in `unseen` and would have counted, at most [`MISSED_SLOTS_MAX`], oldest first. `changed`
/// has when a schedule got its present form: before that there was no such slot.
#[must_use]
pub fn missed<'a>(
    schedules: &'a [Schedule],
    known: &BTreeMap<i64, Known>,
    changed: &BTreeMap<String, NaiveDateTime>,
    unseen: Unseen,
) -> Vec<Missed<'a>> {
    // What is older is not remembered either.
    let oldest = unseen.to.checked_sub_days(Days::new(SLOT_MEMORY_DAYS)).unwrap_or(unseen.to);
    let first = unseen.from.max(oldest).date();
    let dates = first.iter_days().take_while(|date| *date <= unseen.to.date());
    let mut all = Vec::new();
    for date in dates {
        for schedule in
            schedules.iter().filter(|schedule| schedule.is_active() && schedule.days().holds(date))
        {
            let slot = schedule.slot(date);
            let is_done = known.get(&schedule.campaign_id()).is_some_and(|known| known.has_met(&slot));
            let since = changed.get(schedule.id()).copied();
            if !is_done
                && was_unseen(schedule, date, since, unseen)
                && counted(schedule, date, since, schedules)
            {
                all.push(Missed { schedule, slot });
            }
        }
    }
    all.truncate(MISSED_SLOTS_MAX);
    all
}

/// When the slot of a date began, in its present form.
fn began(schedule: &Schedule, date: NaiveDate, since: Option<NaiveDateTime>) -> NaiveDateTime {
    let start = moment(date, schedule.start().minutes());
    since.map_or(start, |since| since.max(start))
}

fn was_unseen(schedule: &Schedule, date: NaiveDate, since: Option<NaiveDateTime>, unseen: Unseen) -> bool {
    let (began, ended) = (began(schedule, date, since), moment(date, schedule.end().minutes()));
    unseen.from < began && began < ended && ended <= unseen.to
}

/// Whether it was the one that counts for a while: when it began, or when another one ended.
fn counted(schedule: &Schedule, date: NaiveDate, since: Option<NaiveDateTime>, all: &[Schedule]) -> bool {
    let others = || {
        all.iter()
            .filter(|other| other.campaign_id() == schedule.campaign_id() && other.id() != schedule.id())
    };
    let ends = others().map(|other| moment(date, other.end().minutes()));
    let moments = std::iter::once(began(schedule, date, since)).chain(ends);
    moments
        .filter(|at| schedule.is_open(*at))
        .any(|at| !others().any(|other| other.is_open(at) && other.precedence() < schedule.precedence()))
}

fn moment(date: NaiveDate, minutes: u16) -> NaiveDateTime {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    midnight.checked_add_signed(TimeDelta::minutes(minutes.into())).unwrap_or(midnight)
}
