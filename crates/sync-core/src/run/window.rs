//! The days that a run fetches, in the shop's calendar.

use crate::{job::Kind, limits::ZONE_MS_MAX, settings::Settings};
use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// The days of a run, frozen when it begins so that midnight cannot shift them.
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
    /// The days that `kind` fetches when the shop's date is `today`.
    #[must_use]
    pub fn of(kind: Kind, today: NaiveDate, settings: &Settings) -> Self {
        match kind {
            Kind::Realtime => Self::last(today, settings.realtime_days, settings.realtime_hourly_days),
            Kind::BackfillDay { days_ago } => {
                let day = before(today, days_ago.unsigned_abs());
                let hourly = if settings.backfill_day_hourly { vec![day] } else { Vec::new() };
                Self { daily_from: day, daily_to: day, hourly }
            }
            Kind::BackfillFull { days, hourly_days } => {
                let by_default = if days.is_some() { 0 } else { settings.backfill_hourly_days };
                let days = days.unwrap_or(settings.backfill_days);
                Self::last(today, days, hourly_days.unwrap_or(by_default))
            }
        }
    }

    fn last(today: NaiveDate, days: u32, hourly_days: u32) -> Self {
        let first = |days: u32| before(today, u64::from(days.saturating_sub(1)));
        let hourly = (0..hourly_days.min(days)).rev().map(|ago| before(today, u64::from(ago)));
        Self { daily_from: first(days), daily_to: today, hourly: hourly.collect() }
    }

    /// A range of unix milliseconds that contains the daily days in any time zone.
    #[must_use]
    pub fn span_ms(&self) -> (i64, i64) {
        let midnight_ms = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let end = self.daily_to.succ_opt().unwrap_or(self.daily_to);
        (midnight_ms(self.daily_from) - ZONE_MS_MAX, midnight_ms(end) + ZONE_MS_MAX)
    }
}

fn before(today: NaiveDate, days: u64) -> NaiveDate {
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
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
        let of = |kind| Window::of(kind, today, &Settings::default());
        let realtime = of(Kind::Realtime);
        assert_eq!((realtime.daily_from, realtime.daily_to), (day("2026-02-28"), today));
        assert_eq!(realtime.hourly, [today]);
        let one = of(Kind::BackfillDay { days_ago: 3 });
        assert_eq!((one.daily_from, one.daily_to), (day("2026-02-26"), day("2026-02-26")));
        let full = of(Kind::BackfillFull { days: None, hourly_days: None });
        assert_eq!((full.daily_from, full.hourly.len()), (day("2026-02-22"), 8));
        assert_eq!(full.hourly.last(), Some(&today));
    }

    #[test]
    fn a_backfill_that_says_its_days_has_no_hours_unless_it_says_so() {
        let today = day("2026-03-01");
        let of = |days, hourly_days| {
            let kind = Kind::BackfillFull { days, hourly_days };
            let window = Window::of(kind, today, &Settings { backfill_days: 3, ..Settings::default() });
            (window.daily_from, window.hourly.len())
        };
        assert_eq!(of(None, None), (day("2026-02-27"), 3));
        assert_eq!(of(Some(30), None), (day("2026-01-31"), 0));
        assert_eq!(of(Some(2), Some(30)), (day("2026-02-28"), 2));
        assert_eq!(of(None, Some(1)), (day("2026-02-27"), 1));
    }

    #[test]
    fn a_span_holds_the_days_of_every_zone() {
        let window =
            Window { daily_from: day("2026-03-01"), daily_to: day("2026-03-01"), hourly: Vec::new() };
        let hours = |ms: i64| (ms - 1_772_323_200_000) / 3_600_000;
        let (from, to) = window.span_ms();
        assert_eq!((hours(from), hours(to)), (-14, 38));
    }
}
