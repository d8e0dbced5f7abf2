//! Random schedules, as a person writes them and as the table keeps them.

use super::definition::{Days, Row};
use crate::{db::budgets::Schedule, world::World};
use chrono::{NaiveDate, TimeDelta};

/// Dates of a schedule lie within so many days.
const DAYS: u32 = 9;
/// A budget that the platform takes nowhere, in hundredths.
const TOO_SMALL: i64 = 100;

fn one<T: Copy>(world: &World, of: &[T]) -> T {
    of[world.pick(of.len() as u32) as usize]
}

/// An amount like others of the shop's market, in hundredths.
pub fn amount(world: &World, unit: i64) -> i64 {
    unit * (100 + i64::from(world.pick(900)))
}

/// A schedule on some days from a date on. Often it begins within the hour when the clock shows `minute`.
pub fn row(world: &World, unit: i64, today: NaiveDate, minute: u16) -> Row {
    let anywhere = (world.pick(24) * 60 + one(world, &[0, 0, 30, 30, 1, 7, 29, 59])) as u16;
    let soon = (minute + world.pick(40) as u16).min(1_438);
    let start = if world.chance(400) { soon } else { anywhere };
    let length = one(world, &[3, 5, 15, 20, 30, 60, 90, 240, 600, 1_440]);
    let days = match world.pick(4) {
        0 => Days::Dates(
            (0..1 + world.pick(5)).map(|_| today + TimeDelta::days(i64::from(world.pick(DAYS)))).collect(),
        ),
        1 => {
            let mut days = [(); 7].map(|()| world.chance(500));
            days[world.pick(7) as usize] = true;
            Days::Week(days)
        }
        _ => Days::Week([true; 7]),
    };
    let id = format!("{:08x}-0000-4000-8000-{:012x}", world.pick(u32::MAX), world.pick(u32::MAX));
    let budget = if world.chance(20) { TOO_SMALL } else { amount(world, unit) };
    let end = (start + length).min(1_440);
    Row { id, start, end, budget, days, is_active: true, restores: world.chance(600) }
}

/// The table's row. The end may be told as the old program told it: half an hour after midnight.
pub fn stored(row: &Row, shop_id: i64, campaign_id: i64, past_midnight: bool) -> Schedule {
    let days_of_week = match &row.days {
        Days::Week(days) if *days != [true; 7] => {
            Some((0..7).filter(|day| days[*day as usize]).map(Some).collect())
        }
        _ => None,
    };
    let specific_dates = match &row.days {
        Days::Dates(dates) => Some(dates.iter().map(|date| Some(date.to_string())).collect()),
        Days::Week(_) => None,
    };
    let minute_end = if past_midnight && row.end == 1_440 { 30 } else { i64::from(row.end % 60) };
    Schedule {
        shop_id,
        campaign_id,
        hour_start: i64::from(row.start / 60),
        minute_start: i64::from(row.start % 60),
        hour_end: i64::from(row.end / 60),
        minute_end,
        budget: Some(row.budget),
        days_of_week,
        specific_dates,
        is_active: Some(row.is_active),
        restore: row.restores,
        ..Schedule::default()
    }
}
