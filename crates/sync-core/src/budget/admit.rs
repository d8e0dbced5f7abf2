//! Checks whether a new schedule can coexist with the existing ones.

use super::{
    clock::WallTime,
    days::Days,
    overlap::{Overlap, first_overlap, gives_way},
    row::ScheduleError,
    schedule::Schedule,
    violation::Violation,
};
use crate::limits::{SCHEDULES_PER_CAMPAIGN_MAX, SCHEDULES_PER_SHOP_MAX};
use chrono::NaiveDateTime;

/// Why a schedule is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// A field is invalid.
    #[error("{0}")]
    Field(#[from] ScheduleError),
    /// It breaks a guard rail.
    #[error("budget: {0}")]
    Violation(#[from] Violation),
    /// It overlaps another schedule.
    #[error("hour_start: {0}")]
    Overlap(Overlap),
    /// Another schedule of the campaign has the same start; the table allows only one, whatever the days.
    #[error(
        "hour_start: schedule {with} of this campaign starts at {start} too; move one of them by a minute"
    )]
    SameStart {
        /// The other schedule's id.
        with: String,
        /// The start of both.
        start: WallTime,
    },
    /// There are too many schedules.
    #[error("campaign_id: the {of} has {most} schedules, which is the most that is allowed")]
    TooMany {
        /// `campaign` or `shop`.
        of: &'static str,
        /// The maximum number.
        most: usize,
    },
}

/// Checks a new, changed or newly activated schedule against all schedules of its shop, when the shop's clock shows
/// `now`. The budget is checked by [`super::GuardRails::check_budget`].
///
/// # Errors
/// The first rule that it breaks.
pub fn admit(candidate: &Schedule, existing: &[Schedule], now: NaiveDateTime) -> Result<(), NotAdmitted> {
    beside(candidate, existing, now, first_overlap(candidate, existing, now.date()))
}

/// Like [`admit`], for a cell of an older page, which may overlap the cells before and after it ([`gives_way`]).
///
/// # Errors
/// The first rule that it breaks.
pub fn admit_cell(
    candidate: &Schedule,
    existing: &[Schedule],
    now: NaiveDateTime,
) -> Result<(), NotAdmitted> {
    let is_beside = |other: &&Schedule| gives_way(candidate, other) || gives_way(other, candidate);
    let others: Vec<Schedule> = existing.iter().filter(|other| !is_beside(other)).cloned().collect();
    beside(candidate, existing, now, first_overlap(candidate, &others, now.date()))
}

fn beside(
    candidate: &Schedule,
    existing: &[Schedule],
    now: NaiveDateTime,
    met: Option<Overlap>,
) -> Result<(), NotAdmitted> {
    if let Days::Dates(dates) = candidate.days()
        && let Some(past) = dates.iter().find(|date| candidate.is_over(**date, now))
    {
        let reason = format!("{past} until {} is over in the shop's time zone", candidate.end());
        return Err(ScheduleError { field: "specific_dates", reason }.into());
    }
    let others = || {
        existing.iter().filter(|other| other.shop_id() == candidate.shop_id() && other.id() != candidate.id())
    };
    let of_campaign = || others().filter(|other| other.campaign_id() == candidate.campaign_id());
    if let Some(met) = met {
        return Err(NotAdmitted::Overlap(met));
    }
    if let Some(other) = of_campaign().find(|other| other.start() == candidate.start()) {
        return Err(NotAdmitted::SameStart { with: other.id().to_owned(), start: other.start() });
    }
    for (of, count, most) in [
        ("campaign", of_campaign().count(), SCHEDULES_PER_CAMPAIGN_MAX),
        ("shop", others().count(), SCHEDULES_PER_SHOP_MAX),
    ] {
        if count >= most {
            return Err(NotAdmitted::TooMany { of, most });
        }
    }
    Ok(())
}
