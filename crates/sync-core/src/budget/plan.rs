//! Plans what to write at a look: at most one budget per campaign.
//!
//! The wanted budget follows from the present: the open slot's budget, else the debt. The memory only says whether a
//! cause has been dealt with. If one slot ends and another opens between two looks, the end of the first is not
//! written, since it would be overwritten at once; the second takes over its debt. If a slot comes into force again (a
//! slot within it has ended, its schedule was switched off and on, or changed back), its budget comes back as a debt
//! does: only if no person has set another one meanwhile.

use super::{
    campaign_memory::{Applied, CampaignMemory, Settled},
    clock::Clock,
    intent::{Action, Intent},
    overlap::gives_way,
    schedule::Schedule,
    slot::SlotKey,
};
use crate::limits::CLOCK_BACK_MINUTES_MAX;
use chrono::NaiveDateTime;
use compact::SortedMap;

/// An open schedule over which another one takes precedence. New schedules cannot overlap; these rows are older, or
/// were written by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The campaign.
    pub campaign_id: i64,
    /// The id of the schedule in force.
    pub kept: String,
    /// The id of the other schedule.
    pub passed_over: String,
}

/// The work of one tick, ordered by campaign id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The writes, at most one per campaign.
    pub intents: Vec<Intent>,
    /// Schedules that are open at the same time.
    pub clashes: Vec<Clash>,
}

/// Plans one tick of one shop. `schedules` must contain all active ones, in any order: a missing schedule counts as
/// removed, and its slot ends. `memory` contains the memory of each campaign, including those without schedules; `now`
/// is the shop's wall clock.
#[must_use]
pub fn plan(schedules: &[Schedule], memory: &SortedMap<i64, CampaignMemory>, now: Clock) -> Plan {
    let mut campaigns: SortedMap<i64, Vec<&Schedule>> = memory.keys().map(|id| (*id, Vec::new())).collect();
    for open in schedules.iter().filter(|schedule| schedule.is_open(now.local)) {
        campaigns.entry(open.campaign_id()).or_default().push(open);
    }
    let (mut plan, nothing) = (Plan::default(), CampaignMemory::default());
    for (campaign_id, mut open) in campaigns {
        open.sort_unstable_by(|a, b| a.precedence().cmp(&b.precedence()));
        let memory = memory.get(&campaign_id).unwrap_or(&nothing);
        plan.intents.extend(intent(campaign_id, &open, memory, now));
        if let Some((best, others)) = open.split_first() {
            let clashing = others.iter().filter(|other| !gives_way(other, best));
            plan.clashes.extend(clashing.map(|other| Clash {
                campaign_id,
                kept: best.id().to_owned(),
                passed_over: other.id().to_owned(),
            }));
        }
    }
    plan
}

/// What is due for one campaign. `open` contains the schedules whose slots are open, the one in force first.
fn intent(campaign_id: i64, open: &[&Schedule], memory: &CampaignMemory, now: Clock) -> Option<Intent> {
    let applied = memory.applied.as_ref();
    if applied.is_some_and(|applied| has_gone_back(applied, now.local)) {
        return None;
    }
    // A slot is also over if its schedule is gone, inactive, changed, or not open at this day or hour, or if the slot
    // in force outlasts it.
    let ends_later = |other: &Schedule| open.first().is_some_and(|best| other.end() > best.end());
    let is_open =
        |slot: &SlotKey| open.iter().any(|other| other.slot(now.local.date()).is(slot) && ends_later(other));
    let is_running =
        applied.and_then(|applied| applied.until_ms).is_some_and(|until_ms| now.at_ms < until_ms);
    let Some(best) = open.first() else {
        let applied = applied.filter(|_| !is_running)?;
        let key = (campaign_id, Action::Restore, now);
        return Some(Intent::new(key, applied.slot.clone(), applied.before?, memory));
    };
    let (slot, restore) = (best.slot(now.local.date()), best.restore());
    let is_return = match memory.settled(&slot) {
        None => false,
        Some(Settled::Applied) => {
            let between = |applied: &&Applied| applied.is_ended || !applied.slot.is(&slot);
            applied.filter(|_| !is_running).filter(between)?;
            true
        }
        Some(Settled::GivenUp) => return None,
    };
    // A slot that does not restore drops the debts of slots that are over.
    let owed = applied.filter(|applied| restore || is_open(&applied.slot));
    let carried = owed.and_then(|applied| applied.before);
    let intent = Intent::new((campaign_id, Action::Apply, now), slot, best.budget(), memory);
    Some(Intent { carried, restore, is_return, ..intent })
}

/// The one of a campaign's schedules that is in force.
#[must_use]
pub fn in_force<'a>(
    of_campaign: impl IntoIterator<Item = &'a Schedule>,
    now: NaiveDateTime,
) -> Option<&'a Schedule> {
    let open = of_campaign.into_iter().filter(|schedule| schedule.is_open(now));
    open.min_by(|a, b| a.precedence().cmp(&b.precedence()))
}

/// The open slots in force that were given up, with their campaigns: the campaign's budget differs from its schedule.
#[must_use]
pub fn given_up(
    schedules: &[Schedule],
    memory: &SortedMap<i64, CampaignMemory>,
    now: NaiveDateTime,
) -> Vec<(i64, SlotKey)> {
    let mut open: SortedMap<i64, Vec<&Schedule>> = SortedMap::new();
    for schedule in schedules.iter().filter(|schedule| schedule.is_open(now)) {
        open.entry(schedule.campaign_id()).or_default().push(schedule);
    }
    let open = open.into_iter().filter_map(|(id, of_campaign)| Some((id, in_force(of_campaign, now)?)));
    let is_given_up = |campaign_id: &i64, schedule: &Schedule| {
        let slot = schedule.slot(now.date());
        memory.get(campaign_id).and_then(|memory| memory.settled(&slot)) == Some(Settled::GivenUp)
    };
    open.filter(|(id, schedule)| is_given_up(id, schedule))
        .map(|(id, schedule)| (id, schedule.slot(now.date())))
        .collect()
}

/// Whether the clock shows an hour again that was already planned. Until it catches up, what was applied stays, and
/// missed slots are not made up for. A larger step is a change of the time zone.
fn has_gone_back(applied: &Applied, now: NaiveDateTime) -> bool {
    let minutes = applied.since.signed_duration_since(now).num_minutes();
    now < applied.since && minutes <= CLOCK_BACK_MINUTES_MAX
}
