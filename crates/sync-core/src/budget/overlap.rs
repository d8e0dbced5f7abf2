//! Finds schedules that could be open at the same moment.
//!
//! An older page makes one-hour cells that start every half hour, so that two consecutive cells overlap in the last
//! half hour of the earlier one. There the later one takes precedence as usual, so the earlier one ends where the later
//! begins.

use super::{clock::WallTime, days::Days, schedule::Schedule};
use chrono::NaiveDate;
use std::fmt;

/// When a schedule overlaps another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The id of the other schedule.
    pub with: String,
    /// The days that both share.
    pub days: Days,
    /// When the overlap starts on those days.
    pub start: WallTime,
    /// When it ends.
    pub end: WallTime,
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { with, days, start, end } = self;
        write!(f, "it meets schedule {with} from {start} to {end} ({days})")
    }
}

/// When `b` could be open at the same moment as `a`, from a date on. Compares days and times only, not whether the
/// schedules are active. Schedules of different campaigns never overlap.
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

/// The first existing schedule that a new or changed one overlaps. Inactive schedules overlap nothing, nor does a
/// schedule overlap itself. `from` is today in the shop's time zone; the past is ignored.
#[must_use]
pub fn first_overlap(candidate: &Schedule, existing: &[Schedule], from: NaiveDate) -> Option<Overlap> {
    let others = existing.iter().filter(|other| other.is_active() && other.id() != candidate.id());
    candidate.is_active().then(|| others.filter_map(|other| overlap(candidate, other, from)).next()).flatten()
}
