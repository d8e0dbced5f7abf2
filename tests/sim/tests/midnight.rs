//! Midnight of the shop's zone and of UTC: days are the shop's own, and those of a run are the days of its beginning.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde_json::json;
use sim::{
    Calm, Place,
    db::{FigureKey, Figures},
};
use std::collections::{BTreeMap, BTreeSet};
use sync_core::Run;

/// Regions, with the hours by which their clocks are ahead of UTC on these days.
const REGIONS: [(&str, i64); 4] = [("BR", -3), ("VN", 7), ("TW", 8), ("MX", -6)];
const CAMPAIGNS: u32 = 30;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
/// A day that begins in February and ends in March.
const DAY: &str = "2026-03-01";

/// A shop, and what its clock shows.
struct Watched {
    region: &'static str,
    ahead: TimeDelta,
    calm: Calm,
    /// The days that runs have fetched by hour.
    hourly: BTreeSet<NaiveDate>,
    /// What runs must have stored, each at its time.
    expected: BTreeMap<FigureKey, Figures>,
}

fn utc(at_ms: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(at_ms).expect("a time").naive_utc()
}

impl Watched {
    fn new((region, ahead): (&'static str, i64), start_ms: i64) -> Self {
        let calm = Calm::new(&Place { region, start_ms }, CAMPAIGNS);
        let ahead = TimeDelta::hours(ahead);
        Self { region, ahead, calm, hourly: BTreeSet::new(), expected: BTreeMap::new() }
    }

    /// What the shop's clock shows.
    fn local(&self, at_ms: i64) -> NaiveDateTime {
        utc(at_ms) + self.ahead
    }

    /// A run that begins now, with the figures that there are now. Its days are those of the shop's clock, and every
    /// row is what the platform says. Each run finds late orders, so that rows which it does not fetch are found out.
    fn sync(&mut self, calls_per_second: f64) -> Run {
        let begun_ms = self.calm.now_ms();
        self.calm.behave(|behaviour| {
            behaviour.data_as_of_ms = Some(begun_ms);
            behaviour.restatement += 1;
        });
        let run = self.calm.sync("realtime", json!({}), calls_per_second).expect("a run that completes");
        let today = self.local(begun_ms).date();
        let yesterday = today.pred_opt().expect("a day");
        let window = &run.header.window;
        assert_eq!((window.daily_from, window.daily_to), (yesterday, today), "{}", self.region);
        assert_eq!(window.hourly, [today], "{}", self.region);
        self.hourly.insert(today);
        assert!(run.header.started_ms >= begun_ms && run.header.started_ms < begun_ms + SECOND_MS);
        let truth = self.calm.truth(&[yesterday, today].into(), &[today].into()).expect("the truth");
        let late = truth.iter().filter(|(key, figures)| self.expected.get(*key) != Some(*figures)).count();
        assert!(late > 0, "{}: nothing has changed since the run before", self.region);
        self.expected.extend(truth);
        self.all_right();
        run
    }

    /// Not a row is missing, different, or of another day.
    fn all_right(&self) {
        let stored = self.calm.stored();
        for (key, figures) in &self.expected {
            assert_eq!(stored.get(key), Some(figures), "{}: {key:?}", self.region);
        }
        let surplus: Vec<_> = stored.keys().filter(|key| !self.expected.contains_key(*key)).collect();
        assert!(surplus.is_empty(), "{}: nobody expected {surplus:?}", self.region);
        assert!(stored.keys().any(|key| key.1 != 0), "{}: no campaign had any traffic", self.region);
    }

    /// The hours of a day that the whole shop has rows of.
    fn hours(&self, day: NaiveDate) -> Vec<i64> {
        let stored = self.calm.stored();
        let hours = stored.keys().filter(|key| key.1 == 0 && key.2 == day && key.3 >= 0);
        hours.map(|key| key.3).collect()
    }

    /// A run before, one over, and one after a midnight that is soon.
    fn over(&mut self, midnight_ms: i64) {
        self.calm.wait_until(midnight_ms - 10 * MINUTE_MS).expect("no violation");
        self.sync(2.0);

        self.calm.wait_until(midnight_ms - 30 * SECOND_MS).expect("no violation");
        let begun = self.local(self.calm.now_ms());
        let crossing = self.sync(0.25);
        let ended_ms = crossing.header.ended_ms.expect("an end");
        assert!(
            crossing.header.started_ms < midnight_ms && midnight_ms < ended_ms,
            "it did not cross midnight"
        );
        let figures = |at_ms: i64, endpoint: &str| at_ms >= midnight_ms && endpoint.contains("_performance");
        let calls = self.calm.calls();
        assert!(
            calls.iter().any(|call| figures(call.time_ms, &call.endpoint)),
            "no figures came after midnight"
        );
        let begun_hours: Vec<i64> = (0..=i64::from(begun.hour())).collect();
        assert_eq!(self.hours(begun.date()), begun_hours, "{}", self.region);

        self.calm.wait_until(midnight_ms + 10 * MINUTE_MS).expect("no violation");
        let now = self.local(self.calm.now_ms());
        self.sync(2.0);
        let begun_hours: Vec<i64> = (0..=i64::from(now.hour())).collect();
        assert_eq!(self.hours(now.date()), begun_hours, "{}", self.region);
    }
}

fn midnight_ms() -> i64 {
    let day: NaiveDate = DAY.parse().expect("a day");
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

#[test]
fn a_day_ends_at_the_shops_midnight() {
    for (region, ahead) in REGIONS {
        let midnight_ms = midnight_ms() - TimeDelta::hours(ahead).num_milliseconds();
        let mut shop = Watched::new((region, ahead), midnight_ms - 15 * MINUTE_MS);
        shop.over(midnight_ms);
        // The day that ended is whole, the one that began has an hour.
        let today: NaiveDate = DAY.parse().expect("a day");
        let yesterday = today.pred_opt().expect("a day");
        assert_eq!(shop.hours(yesterday), (0..24).collect::<Vec<i64>>(), "{region}");
        assert_eq!(shop.hours(today), [0], "{region}");
    }
}

#[test]
fn a_day_does_not_end_at_midnight_of_utc() {
    for (region, ahead) in REGIONS {
        let mut shop = Watched::new((region, ahead), midnight_ms() - 15 * MINUTE_MS);
        shop.over(midnight_ms());
        let day = shop.local(midnight_ms()).date();
        assert_eq!(shop.hourly, [day].into(), "{region}: the day changed with that of UTC");
        let differs = |at_ms: i64| shop.local(at_ms).date() != utc(at_ms).date();
        assert!(differs(midnight_ms() - MINUTE_MS) || differs(midnight_ms()), "{region}");
    }
}
