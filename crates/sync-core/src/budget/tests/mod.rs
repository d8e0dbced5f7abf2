//! Tests of budgets: tables for each rule, and properties against independent definitions.

mod admission;
mod definition;
mod fields;
mod memory;
mod missed;
mod overlaps;
mod people;
mod plans;
mod platform;
mod previews;
mod rules;
mod slots;
mod summer_time;
mod world;
mod writes;

use super::*;
use chrono::{NaiveDate, NaiveDateTime};

/// A UUID that ends with this number.
fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-03-01 10:30`; a Sunday.
fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

/// A clock in UTC.
fn clock(local: NaiveDateTime) -> Clock {
    Clock { local, at_ms: local.and_utc().timestamp_millis() }
}

/// A row for every day from 08:00 to 10:00 with a budget of 100.
fn row(number: usize) -> ScheduleRow {
    ScheduleRow {
        id: id(number),
        shop_id: 1,
        campaign_id: 7,
        hour_start: 8,
        hour_end: 10,
        budget: Some("100.00".into()),
        is_active: true,
        ..ScheduleRow::default()
    }
}

/// A row with other times, `08:00-10:30`.
fn row_at(number: usize, times: &str) -> ScheduleRow {
    let numbers: Vec<i32> = times.split([':', '-']).map(|text| text.parse().unwrap()).collect();
    let [hour_start, minute_start, hour_end, minute_end] = numbers[..] else { panic!("{times}") };
    ScheduleRow { hour_start, minute_start, hour_end, minute_end, ..row(number) }
}

fn with_budget(row: ScheduleRow, budget: &str) -> ScheduleRow {
    ScheduleRow { budget: Some(budget.into()), ..row }
}

fn restoring(row: ScheduleRow) -> ScheduleRow {
    ScheduleRow { restore: true, ..row }
}

fn on_dates(row: ScheduleRow, dates: &[&str]) -> ScheduleRow {
    ScheduleRow { specific_dates: Some(dates.iter().map(|date| (*date).to_owned()).collect()), ..row }
}

fn parsed(row: &ScheduleRow) -> Schedule {
    Schedule::parse(row).unwrap()
}
