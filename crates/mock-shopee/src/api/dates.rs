//! The dates that a performance call may request.

use super::refusal::Refusal;
use super::request::Request;
use crate::data::calendar::today;
use crate::limits::DAYS_PER_CALL_MAX;
use crate::region::Region;
use chrono::{Months, NaiveDate};

/// `start_date` and `end_date`.
pub fn window(
    request: &Request<'_>,
    region: &Region,
    strict: bool,
) -> Result<(NaiveDate, NaiveDate), Refusal> {
    let start = read(request, "start_date")?;
    let end = read(request, "end_date")?;
    let today = today(region.zone, request.now_ms);
    for date in [start, end] {
        not_ahead(date, today)?;
        not_too_old(date, today)?;
    }
    if start > end {
        return Err(refused("start_later_than_end", "The start date can't be later than the end date."));
    }
    if strict && start == end {
        let message = "Start date can't be equal to end date. For single date's hourly performance data, \
                       please query hourly api.";
        return Err(refused("same_start_end_dates", message));
    }
    if end.signed_duration_since(start).num_days() >= DAYS_PER_CALL_MAX {
        return Err(refused("date_range_too_long", "Date range can't be longer than 1 month."));
    }
    Ok((start, end))
}

/// `performance_date` of the whole shop.
pub fn shop_day(request: &Request<'_>, region: &Region) -> Result<NaiveDate, Refusal> {
    let date = campaign_day(request, region)?;
    not_too_old(date, today(region.zone, request.now_ms))?;
    Ok(date)
}

/// `performance_date` of campaigns, for which no age limit is documented.
pub fn campaign_day(request: &Request<'_>, region: &Region) -> Result<NaiveDate, Refusal> {
    let date = read(request, "performance_date")?;
    not_ahead(date, today(region.zone, request.now_ms))?;
    Ok(date)
}

fn read(request: &Request<'_>, name: &str) -> Result<NaiveDate, Refusal> {
    let text = request.required(name)?;
    let date = NaiveDate::parse_from_str(text, "%d-%m-%Y").ok().filter(|_| text.len() == 10);
    date.ok_or_else(|| Refusal::parameter(&format!("{name} should be a date, DD-MM-YYYY")))
}

fn not_ahead(date: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if date <= today {
        return Ok(());
    }
    let message = "The date must be today or earlier than today up to 6 months ago.";
    Err(refused("date_in_future", message))
}

fn not_too_old(date: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    let oldest = today.checked_sub_months(Months::new(6));
    if oldest.is_none_or(|oldest| date >= oldest) {
        return Ok(());
    }
    Err(refused("date_too_old", "The date can't be earlier than 6 months ago."))
}

fn refused(rule: &str, message: &str) -> Refusal {
    Refusal::new(&format!("ads.performance.error_{rule}"), message)
}
