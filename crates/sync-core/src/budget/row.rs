//! A row of `apishopee_scheduled_ads_budget`. Operators write these rows by hand, so nothing in them is trusted.

use super::{
    clock::WallTime,
    days::{Days, WeekDays},
    money::Money,
    schedule::Schedule,
};
use crate::limits::SCHEDULE_DATES_MAX;
use chrono::NaiveDate;
use compact::SortedSet;
use serde::{Deserialize, Deserializer, Serialize};

/// A schedule as stored. `hour_start` to `minute_end` are in the shop's wall-clock time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// The row's UUID.
    pub id: String,
    /// The shop.
    pub shop_id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// Its name when the schedule was created.
    #[serde(default)]
    pub campaign_name: Option<String>,
    /// `auto` or `manual`.
    #[serde(default)]
    pub ad_type: Option<String>,
    /// 0 to 23.
    pub hour_start: i32,
    /// 0 to 59.
    pub minute_start: i32,
    /// 0 to 24.
    pub hour_end: i32,
    /// 0 to 59.
    pub minute_end: i32,
    /// Decimal text in major units.
    pub budget: Option<String>,
    /// 0 = Sunday; absent = every day.
    pub days_of_week: Option<Vec<i32>>,
    /// YYYY-MM-DD; if there are any, they take precedence over `days_of_week`.
    pub specific_dates: Option<Vec<String>>,
    /// Whether it has slots.
    #[serde(deserialize_with = "null_is_false")]
    pub is_active: bool,
    /// Whether the earlier budget comes back when a slot ends.
    #[serde(default)]
    pub restore: bool,
    /// Whether the budget is unlimited; `budget` is then 0 or absent.
    #[serde(default)]
    pub unlimited: bool,
    /// Who created it over HTTP; `None` if it was created in SQL.
    #[serde(default)]
    pub created_by: Option<String>,
    /// When it was created, unix milliseconds.
    #[serde(default)]
    pub created_at_ms: Option<i64>,
    /// When it was last changed, unix milliseconds.
    #[serde(default)]
    pub updated_at_ms: Option<i64>,
}

fn null_is_false<'de, D: Deserializer<'de>>(reader: D) -> Result<bool, D::Error> {
    Option::deserialize(reader).map(Option::unwrap_or_default)
}

/// Why a row is not a valid schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ScheduleError {
    /// The invalid field.
    pub field: &'static str,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl Schedule {
    /// Checks a row. An end of 00:00 means 24:00, and so does an end after 24:00: an older page makes one-hour cells,
    /// the last of which begins at 23:30. A missing `is_active` is false, as in SQL.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn parse(row: &ScheduleRow) -> Result<Self, ScheduleError> {
        let id = uuid(&row.id)?;
        // Shopee: 0 < shop_id < 2^32.
        let shop_id = ranged("shop_id", row.shop_id, (1, i64::from(u32::MAX)))?;
        let campaign_id = ranged("campaign_id", row.campaign_id, (1, i64::MAX))?;
        let start = time(("hour_start", row.hour_start, 23), ("minute_start", row.minute_start))?;
        let end = time(("hour_end", row.hour_end, 24), ("minute_end", row.minute_end))?;
        let end = if end.minutes() == 0 { WallTime::MIDNIGHT } else { end };
        if end <= start {
            let reason = format!(
                "the end {end} is not after the start {start}; for a slot over midnight make two schedules: {start} to \
                 24:00, and 00:00 to {end} on the days after"
            );
            return Err(ScheduleError { field: "hour_end", reason });
        }
        let budget = budget(row.budget.as_deref().unwrap_or_default(), row.unlimited)?;
        let days = days(row.days_of_week.as_deref(), row.specific_dates.as_deref())?;
        let (is_active, restore) = (row.is_active, row.restore);
        Ok(Self { id, shop_id, campaign_id, start, end, budget, days, is_active, restore })
    }
}

fn uuid(text: &str) -> Result<String, ScheduleError> {
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    is_uuid
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| error_of("id", &format!("'{}' is no UUID", short(text))))
}

fn ranged(field: &'static str, value: i64, (min, max): (i64, i64)) -> Result<i64, ScheduleError> {
    let fits = (min..=max).contains(&value).then_some(value);
    fits.ok_or_else(|| error_of(field, &format!("{value} is not allowed; allowed are {min} to {max}")))
}

/// Reads a budget. 0 counts as unlimited only if the row says so.
fn budget(text: &str, is_unlimited: bool) -> Result<Money, ScheduleError> {
    let read = if text.is_empty() && is_unlimited { Ok(Money::UNLIMITED) } else { text.parse::<Money>() };
    let amount = read.map_err(|error| error_of("budget", &format!("'{}' is {error}", short(text))))?;
    match (amount.is_unlimited(), is_unlimited) {
        (true, false) => {
            let reason = "0 is no budget; one without a limit is said by name: \"unlimited\": true";
            Err(error_of("budget", reason))
        }
        (false, true) => {
            let reason = format!("there is a budget of {amount} too; leave one of the two out");
            Err(error_of("unlimited", &reason))
        }
        _ => Ok(amount),
    }
}

fn time(hour: (&'static str, i32, i64), minute: (&'static str, i32)) -> Result<WallTime, ScheduleError> {
    let hours = ranged(hour.0, i64::from(hour.1), (0, hour.2))?;
    let minutes = ranged(minute.0, i64::from(minute.1), (0, 59))?;
    let all = u16::try_from(hours.saturating_mul(60).saturating_add(minutes)).ok();
    Ok(all.and_then(WallTime::from_minutes).unwrap_or(WallTime::MIDNIGHT))
}

fn days(of_week: Option<&[i32]>, dates: Option<&[String]>) -> Result<Days, ScheduleError> {
    match (of_week, dates) {
        (_, Some(dates)) if !dates.is_empty() => specific(dates),
        // A list that has lost its last date must not turn into every day.
        (None, Some(_)) => Err(error_of(
            "specific_dates",
            "the list is empty, and there are no days_of_week; give dates, or neither for every day",
        )),
        (None, None) => Ok(Days::Weekly(WeekDays::ALL)),
        (Some(days), _) => {
            let week_days = WeekDays::new(days.iter().map(|day| u32::try_from(*day).unwrap_or(u32::MAX)));
            let reason = "allowed are 0 (Sunday) to 6 (Saturday), at least one; no value at all is every day";
            week_days.map(Days::Weekly).ok_or_else(|| error_of("days_of_week", reason))
        }
    }
}

fn specific(texts: &[String]) -> Result<Days, ScheduleError> {
    const FIELD: &str = "specific_dates";
    if texts.len() > SCHEDULE_DATES_MAX {
        let reason = format!("{} dates; allowed are at most {SCHEDULE_DATES_MAX}", texts.len());
        return Err(error_of(FIELD, &reason));
    }
    let read =
        |text: &String| date(text).ok_or_else(|| format!("'{}' is no date like 2026-03-31", short(text)));
    let dates: Result<SortedSet<NaiveDate>, String> = texts.iter().map(read).collect();
    dates.map(Days::Dates).map_err(|reason| error_of(FIELD, &reason))
}

/// Accepts exactly YYYY-MM-DD; chrono alone accepts more.
fn date(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

fn error_of(field: &'static str, reason: &str) -> ScheduleError {
    ScheduleError { field, reason: reason.to_owned() }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
