//! Missed slots: no look at the shop took place between their beginning and their end.

use super::{campaign_memory::CampaignMemory, plan::in_force, schedule::Schedule, slot::SlotKey};
use crate::limits::{MISSED_SLOTS_MAX, SLOT_MEMORY_DAYS};
use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use compact::{SortedMap, SortedSet};

/// A span of the shop's wall clock without a look at its budgets.
#[derive(Clone, Copy, Debug)]
pub struct Unseen {
    /// The previous look.
    pub from: NaiveDateTime,
    /// The current look.
    pub to: NaiveDateTime,
}

/// A missed slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed<'a> {
    /// Its schedule.
    pub schedule: &'a Schedule,
    /// The slot.
    pub slot: SlotKey,
}

/// The slots whose last time in force lies within `unseen`, at most [`MISSED_SLOTS_MAX`], oldest first. `changed` says
/// when a schedule got its current form, before which the slot did not exist.
#[must_use]
pub fn missed<'a>(
    schedules: &'a [Schedule],
    memory: &SortedMap<i64, CampaignMemory>,
    changed: &SortedMap<String, NaiveDateTime>,
    unseen: Unseen,
) -> Vec<Missed<'a>> {
    // Older slots are not remembered either.
    let oldest = unseen.to.checked_sub_days(Days::new(SLOT_MEMORY_DAYS)).unwrap_or(unseen.to);
    let first = unseen.from.max(oldest).date();
    let dates = first.iter_days().take_while(|date| *date <= unseen.to.date());
    let mut campaigns: SortedMap<i64, Vec<&Schedule>> = SortedMap::new();
    for schedule in schedules {
        campaigns.entry(schedule.campaign_id()).or_default().push(schedule);
    }
    let mut all = Vec::new();
    for date in dates {
        for schedule in
            schedules.iter().filter(|schedule| schedule.is_active() && schedule.days().holds(date))
        {
            let slot = schedule.slot(date);
            let of_campaign = campaigns.get(&schedule.campaign_id()).map_or(&[][..], Vec::as_slice);
            if memory.get(&schedule.campaign_id()).is_some_and(|memory| memory.has_tried(&slot)) {
                continue;
            }
            let span = last_span(schedule, date, changed.get(schedule.id()).copied(), of_campaign);
            if span.is_some_and(|(start, end)| unseen.from < start && end <= unseen.to) {
                all.push(Missed { schedule, slot });
            }
        }
    }
    all.truncate(MISSED_SLOTS_MAX);
    all
}

/// The last span in which the slot of a date was in force in its current form; other slots may take precedence over it.
fn last_span(
    schedule: &Schedule,
    date: NaiveDate,
    since: Option<NaiveDateTime>,
    of_campaign: &[&Schedule],
) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let start = moment(date, schedule.start().minutes());
    let (begin, end) =
        (since.map_or(start, |since| since.max(start)), moment(date, schedule.end().minutes()));
    let edges = of_campaign.iter().flat_map(|other| [other.start(), other.end()]);
    let edges = edges.map(|edge| moment(date, edge.minutes())).chain([begin, end]);
    let edges: SortedSet<NaiveDateTime> = edges.filter(|edge| begin <= *edge && *edge <= end).collect();
    let counts = |at: NaiveDateTime| {
        in_force(of_campaign.iter().copied(), at).is_some_and(|best| best.id() == schedule.id())
    };
    let mut last: Option<(NaiveDateTime, NaiveDateTime)> = None;
    for (from, to) in edges.iter().copied().zip(edges.iter().copied().skip(1)) {
        if counts(from) {
            let goes_on = last.filter(|(_, end)| *end == from);
            last = Some((goes_on.map_or(from, |(start, _)| start), to));
        }
    }
    last
}

fn moment(date: NaiveDate, minutes: u16) -> NaiveDateTime {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    midnight.checked_add_signed(TimeDelta::minutes(minutes.into())).unwrap_or(midnight)
}
