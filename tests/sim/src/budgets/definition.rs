//! What a campaign's budget must be, written without looking at how it is planned: each slot that was applied sets its budget
//! and, if its schedule restores, brings back the one from before when it is over.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use sync_core::budget::Schedule;

/// What a schedule makes of a date, by the wall clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub schedule: String,
    pub date: NaiveDate,
    pub start: NaiveDateTime,
    pub end: NaiveDateTime,
    /// In hundredths.
    pub budget: i64,
    pub restores: bool,
}

impl Slot {
    /// The reference id of the edit that applies it.
    pub fn apply_id(&self) -> String {
        format!("{}-{}", self.schedule, self.date.format("%Y%m%d"))
    }

    /// The reference id of the edit at its end.
    pub fn restore_id(&self) -> String {
        format!("{}-r", self.apply_id())
    }

    pub fn is_open(&self, local: NaiveDateTime) -> bool {
        self.start <= local && local < self.end
    }
}

/// A campaign's slots, in order of time; none meets another.
pub struct Slots(pub Vec<Slot>);

impl Slots {
    /// Those from a date on, for some days.
    pub fn of(schedules: &[Schedule], from: NaiveDate, days: i64) -> Self {
        let mut slots = Vec::new();
        for date in (-1..=days).map(|ahead| from + TimeDelta::days(ahead)) {
            let of_date = schedules.iter().filter(|schedule| schedule.days().holds(date));
            slots.extend(of_date.map(|schedule| {
                let at =
                    |minutes: u16| date.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes.into());
                Slot {
                    schedule: schedule.id().to_owned(),
                    date,
                    start: at(schedule.start().minutes()),
                    end: at(schedule.end().minutes()),
                    budget: hundredths(&schedule.budget().to_string()),
                    restores: schedule.restore(),
                }
            }));
        }
        slots.sort_by_key(|slot| slot.start);
        Self(slots)
    }

    /// The budget when the clock shows `local`, if these slots were applied, by their reference ids; and the one that each
    /// slot that restores has to bring back.
    pub fn expected(
        &self,
        first: i64,
        local: NaiveDateTime,
        is_applied: impl Fn(&Slot) -> bool,
    ) -> (i64, BTreeMap<String, i64>) {
        let (mut budget, mut before) = (first, None);
        let mut owed = BTreeMap::new();
        for slot in self.0.iter().filter(|slot| slot.start <= local && is_applied(slot)) {
            budget = before.take().unwrap_or(budget);
            if slot.restores {
                before = Some(budget);
                owed.insert(slot.restore_id(), budget);
            }
            budget = slot.budget;
            if slot.end <= local {
                budget = before.take().unwrap_or(budget);
            }
        }
        (budget, owed)
    }
}

/// Decimal text in hundredths.
pub fn hundredths(text: &str) -> i64 {
    let (major, minor) = text.split_once('.').unwrap_or((text, "00"));
    let number = |text: &str| text.parse::<i64>().expect("digits");
    number(major) * 100 + number(minor)
}

/// What the zone's clock shows.
pub fn local(at_ms: i64, zone: Tz) -> NaiveDateTime {
    let at = DateTime::<Utc>::from_timestamp_millis(at_ms).expect("a time");
    at.with_timezone(&zone).naive_local().with_nanosecond(0).expect("a whole second")
}

/// Whether the clock shows this time twice.
pub fn comes_twice(local: NaiveDateTime, zone: Tz) -> bool {
    matches!(zone.from_local_datetime(&local), chrono::LocalResult::Ambiguous(..))
}
