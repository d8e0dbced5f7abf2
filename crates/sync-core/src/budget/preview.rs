//! The budgets that the schedules set on the coming days.

use super::{clock::WallTime, money::Money, schedule::Schedule};
use crate::limits::PREVIEW_DAYS_MAX;
use chrono::{Days, NaiveDate};
use compact::{SortedMap, SortedSet};

/// A part of one hour in which one schedule is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewPart {
    /// The campaign.
    pub campaign_id: i64,
    /// The date in the shop's time zone.
    pub date: NaiveDate,
    /// The hour, 0 to 23.
    pub hour: u16,
    /// Start, not before the hour begins.
    pub start: WallTime,
    /// End, not after the hour ends.
    pub end: WallTime,
    /// The schedule's id.
    pub schedule: String,
    /// The budget in force.
    pub budget: Money,
}

/// The budgets by schedule from a date on, for at most [`PREVIEW_DAYS_MAX`] days, ordered by campaign and time; an hour
/// has as many parts as budgets. Where a campaign has no part, no schedule is in force: it keeps its budget or gets the
/// earlier one back. Minutes that summer time skips are shown like others.
#[must_use]
pub fn preview(schedules: &[Schedule], from: NaiveDate, days: u32) -> Vec<PreviewPart> {
    let mut campaigns: SortedMap<i64, Vec<&Schedule>> = SortedMap::new();
    for schedule in schedules.iter().filter(|schedule| schedule.is_active()) {
        campaigns.entry(schedule.campaign_id()).or_default().push(schedule);
    }
    let mut parts = Vec::new();
    for (campaign_id, schedules) in campaigns {
        for ahead in 0..days.min(PREVIEW_DAYS_MAX) {
            let Some(date) = from.checked_add_days(Days::new(u64::from(ahead))) else { break };
            let of_day: Vec<&Schedule> = schedules.iter().copied().filter(|s| s.days().holds(date)).collect();
            preview_day(campaign_id, date, &of_day, &mut parts);
        }
    }
    parts
}

fn preview_day(campaign_id: i64, date: NaiveDate, schedules: &[&Schedule], parts: &mut Vec<PreviewPart>) {
    // Nothing changes between two consecutive bounds.
    let hours = (0..=24_u16).filter_map(|hour| WallTime::from_minutes(hour.saturating_mul(60)));
    let ends = schedules.iter().flat_map(|schedule| [schedule.start(), schedule.end()]);
    let bounds: SortedSet<WallTime> = hours.chain(ends).collect();
    for (start, end) in bounds.iter().copied().zip(bounds.iter().copied().skip(1)) {
        let open = schedules.iter().filter(|schedule| schedule.start() <= start && end <= schedule.end());
        if let Some(schedule) = open.min_by(|a, b| a.precedence().cmp(&b.precedence())) {
            let (hour, budget) = (start.minutes() / 60, schedule.budget());
            let schedule = schedule.id().to_owned();
            parts.push(PreviewPart { campaign_id, date, hour, start, end, schedule, budget });
        }
    }
}
