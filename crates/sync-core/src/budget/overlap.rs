//! Which schedules could be open at the same moment.
//!
//! An older page makes cells of an hour that begin at every half hour, so that two that follow each other meet in the last
//! half hour of the earlier one. There the later one counts, as always, so the earlier one ends where the later begins.

use super::{clock::WallTime, days::Days, schedule::Schedule};
use chrono::NaiveDate;
use std::fmt;

/// When a schedule meets another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The id of the other one.
    pub with: String,
    /// The days that both have.
    pub days: Days,
    /// From when on those days both are open.
    pub start: WallTime,
    /// Until when.
    pub end: WallTime,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { with, days, start, end } = self;
        write!(f, "it meets schedule {with} from {start} to {end} ({days})")
    }
}

/// Where `b` could ever be open at the same moment as `a`, from a date on. Days and times only: whether they are active is
/// not asked. Schedules of different campaigns never meet.
#[must_use]
pub fn overlap(a: &Schedule, b: &Schedule, from: NaiveDate) -> Option<Overlap> {
    let is_same = (a.shop_id(), a.campaign_id()) == (b.shop_id(), b.campaign_id());
    let (start, end) = (a.start().max(b.start()), a.end().min(b.end()));
    if !is_same || start >= end {
        return None;
    }
    let days = a.days().common(b.days(), from)?;
    Some(Overlap { with: b.id().to_owned(), days, start, end })
}

/// Whether these are two cells of the older page, the earlier of which ends where the later begins.
#[must_use]
pub fn gives_way(earlier: &Schedule, later: &Schedule) -> bool {
    const HALF_HOUR: u16 = 30;
    let marks = [earlier.start(), earlier.end(), later.start(), later.end()];
    earlier.start() < later.start()
        && earlier.end() <= later.end()
        && earlier.end().minutes().saturating_sub(later.start().minutes()) <= HALF_HOUR
        && earlier.days().is_specific() == later.days().is_specific()
        && marks.iter().all(|mark| mark.minutes() % HALF_HOUR == 0)
}

/// The first of the existing schedules that a new or changed one meets. Inactive ones meet nothing; nor does a schedule meet
/// itself. `from` is today in the shop's time zone: what is past cannot meet any more.
#[must_use]
pub fn first_overlap(candidate: &Schedule, existing: &[Schedule], from: NaiveDate) -> Option<Overlap> {
    let others = existing.iter().filter(|other| other.is_active() && other.id() != candidate.id());
    candidate.is_active().then(|| others.filter_map(|other| overlap(candidate, other, from)).next()).flatten()
}
