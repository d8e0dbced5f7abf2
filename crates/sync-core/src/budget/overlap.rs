//! Which schedules could be open at the same moment.

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

/// The first of the existing schedules that a new or changed one meets. Inactive ones meet nothing; nor does a schedule meet
/// itself. `from` is today in the shop's time zone: what is past cannot meet any more.
#[must_use]
pub fn first_overlap(candidate: &Schedule, existing: &[Schedule], from: NaiveDate) -> Option<Overlap> {
    let others = existing.iter().filter(|other| other.is_active() && other.id() != candidate.id());
    candidate.is_active().then(|| others.filter_map(|other| overlap(candidate, other, from)).next()).flatten()
}
