//! Which days a run fetches, in the shop's own calendar.

use crate::{job::Kind, limits::BACKFILL_DAYS};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// The days of a run, frozen when it begins so that midnight cannot move them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First day of daily performance.
    pub daily_from: NaiveDate,
    /// Last day of daily performance, included.
    pub daily_to: NaiveDate,
    /// Days of hourly performance.
    pub hourly: Vec<NaiveDate>,
}

impl Window {
    /// The days that `kind` fetches when the shop's calendar shows `today`.
    #[must_use]
    pub fn of(kind: Kind, today: NaiveDate) -> Self {
        let before = |days: i64| {
            let days = Days::new(days.unsigned_abs());
            today.checked_sub_days(days).unwrap_or(today)
        };
        match kind {
            Kind::Realtime => Self { daily_from: before(1), daily_to: today, hourly: vec![today] },
            Kind::BackfillDay { days_ago } => {
                let day = before(days_ago);
                Self { daily_from: day, daily_to: day, hourly: vec![day] }
            }
            Kind::BackfillFull => Self {
                daily_from: before(BACKFILL_DAYS - 1),
                daily_to: today,
                hourly: (0..BACKFILL_DAYS).rev().map(before).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_of_each_kind() {
        let today = day("2026-03-01");
        let realtime = Window::of(Kind::Realtime, today);
        assert_eq!((realtime.daily_from, realtime.daily_to), (day("2026-02-28"), today));
        assert_eq!(realtime.hourly, [today]);
        let one = Window::of(Kind::BackfillDay { days_ago: 3 }, today);
        assert_eq!((one.daily_from, one.daily_to), (day("2026-02-26"), day("2026-02-26")));
        let full = Window::of(Kind::BackfillFull, today);
        assert_eq!((full.daily_from, full.hourly.len()), (day("2026-02-23"), 7));
        assert_eq!(full.hourly.last(), Some(&today));
    }
}
