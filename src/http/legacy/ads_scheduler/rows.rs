//! Rows as older callers read them: the columns of the tables, amounts as numbers, times as text.

use api::{
    budget::run::BudgetLog,
    older::{OlderLog, OlderSchedule},
};
use chrono::{DateTime, SecondsFormat};
use store::schedules::ScheduleRow;

/// A row of `apishopee_scheduled_ads_budget`.
pub fn schedule(row: ScheduleRow) -> OlderSchedule {
    OlderSchedule {
        id: row.id,
        shop_id: row.shop_id,
        campaign_id: row.campaign_id,
        campaign_name: row.campaign_name,
        ad_type: row.ad_type,
        hour_start: row.hour_start,
        hour_end: row.hour_end,
        minute_start: row.minute_start,
        minute_end: row.minute_end,
        budget: number(row.budget.as_deref()),
        days_of_week: row.days_of_week,
        specific_dates: row.specific_dates,
        is_active: row.is_active,
        created_at: time(row.created_at_ms),
        updated_at: time(row.updated_at_ms),
    }
}

/// A row of `apishopee_ads_budget_logs`.
pub fn log(row: BudgetLog) -> OlderLog {
    OlderLog {
        id: row.id,
        shop_id: row.shop_id,
        campaign_id: row.campaign_id,
        campaign_name: row.campaign_name,
        schedule_id: row.schedule_id,
        old_budget: number(row.old_budget.as_deref()),
        new_budget: number(row.new_budget.as_deref()),
        status: row.status,
        error_message: row.error_message,
        executed_at: time(Some(row.executed_at_ms)),
    }
}

/// An amount as a JSON number. The binary number nearest to an amount of 15 digits is written with these digits.
pub fn number(text: Option<&str>) -> Option<f64> {
    text.and_then(|text| text.parse::<f64>().ok()).filter(|amount| amount.is_finite())
}

fn time(ms: Option<i64>) -> Option<String> {
    let time = ms.and_then(DateTime::from_timestamp_millis)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_digits_and_times_are_utc() {
        for (text, json) in [("45.50", "45.5"), ("9999999999999.99", "9999999999999.99"), ("0.01", "0.01")] {
            assert_eq!(serde_json::to_string(&number(Some(text))).unwrap(), json);
        }
        assert_eq!((number(None), number(Some("NaN"))), (None, None));
        assert_eq!(time(Some(1_767_323_045_678)).as_deref(), Some("2026-01-02T03:04:05.678Z"));
        assert_eq!(time(None), None);
    }
}
