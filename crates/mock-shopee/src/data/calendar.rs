//! Days and hours of a shop.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

/// One day of a shop, and the part of it that has figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Day {
    /// The shop's own date.
    pub date: NaiveDate,
    /// Bit h: hour h has begun. Hours that the clocks skip have no bit.
    hours: u32,
    /// How often the figures of this day were restated.
    pub restated: u32,
}

impl Day {
    /// The hours of the day that have begun, in order.
    pub fn hours(self) -> impl Iterator<Item = u32> {
        (0..24).filter(move |hour| self.hours & (1 << hour) != 0)
    }

    /// No hour has begun.
    pub fn is_ahead(self) -> bool {
        self.hours == 0
    }
}

/// The shop's local time up to which there are figures.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    zone: Tz,
    as_of: NaiveDateTime,
    restated: u32,
    restated_days: u32,
}

impl Calendar {
    /// There are figures up to `as_of_ms` (unix milliseconds). Late orders have restated this many last days this many times:
    /// orders are attributed for days after a click (Shopee: v2.ads.get_product_campaign_daily_performance, `broad_order`).
    pub fn new(zone: Tz, as_of_ms: i64, (restated, restated_days): (u32, u32)) -> Self {
        Self { zone, as_of: local(zone, as_of_ms), restated, restated_days }
    }

    /// One day, as far as it has figures.
    pub fn day(&self, date: NaiveDate) -> Day {
        let begun = |hour: &u32| {
            NaiveTime::from_hms_opt(*hour, 0, 0).map(|time| date.and_time(time)).is_some_and(|start| {
                start <= self.as_of && self.zone.from_local_datetime(&start).earliest().is_some()
            })
        };
        let age = self.as_of.date().signed_duration_since(date).num_days();
        Day {
            date,
            hours: (0..24).filter(begun).fold(0, |bits, hour| bits | 1 << hour),
            restated: if age < i64::from(self.restated_days) { self.restated } else { 0 },
        }
    }

    /// The days from first to last that have begun.
    pub fn days(&self, from: NaiveDate, to: NaiveDate) -> Vec<Day> {
        dates(from, to).map(|date| self.day(date)).filter(|day| !day.is_ahead()).collect()
    }
}

/// The dates from first to last, both included.
pub fn dates(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(from), |date| date.checked_add_days(Days::new(1)))
        .take_while(move |date| *date <= to)
}

/// The shop's date at a time.
pub fn today(zone: Tz, now_ms: i64) -> NaiveDate {
    local(zone, now_ms).date()
}

fn local(zone: Tz, unix_ms: i64) -> NaiveDateTime {
    DateTime::from_timestamp_millis(unix_ms).unwrap_or_default().with_timezone(&zone).naive_local()
}
