//! What a caller wants of a schedule.

use super::refused::{ALLOWED_VALUES, Refused};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use store::schedules::{NewRow, ScheduleRow};

/// The body of a new schedule, and of a change. What a change does not name stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    pub campaign_id: Option<i64>,
    hour_start: Option<i32>,
    minute_start: Option<i32>,
    hour_end: Option<i32>,
    minute_end: Option<i32>,
    budget: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "named")]
    days_of_week: Option<Option<Vec<i32>>>,
    #[serde(default, deserialize_with = "named")]
    specific_dates: Option<Option<Vec<String>>>,
    restore: Option<bool>,
    unlimited: Option<bool>,
    is_active: Option<bool>,
}

/// The same, whichever way it came. `None`: not said; for lists `Some(None)` says that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub campaign_name: Option<String>,
    pub ad_type: Option<String>,
    pub hour_start: Option<i32>,
    pub minute_start: Option<i32>,
    pub hour_end: Option<i32>,
    pub minute_end: Option<i32>,
    /// As it was written.
    pub budget: Option<String>,
    pub days_of_week: Option<Option<Vec<i32>>>,
    pub specific_dates: Option<Option<Vec<String>>>,
    pub restore: Option<bool>,
    pub unlimited: Option<bool>,
    pub is_active: Option<bool>,
}

/// The budget that is stored where there is no limit.
const UNLIMITED: &str = "0";

/// Reads a field that is there, be it null: that is another thing than a field that is not.
pub fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// The digits of an amount as the caller wrote them, as a JSON number or a text: no binary number is in between, so that
/// 45.555 is not taken for 45.56, and 1e3 is no amount.
pub fn amount(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

impl ScheduleBody {
    /// What is wanted.
    pub fn wanted(self) -> Wanted {
        Wanted {
            campaign_name: None,
            ad_type: None,
            hour_start: self.hour_start,
            minute_start: self.minute_start,
            hour_end: self.hour_end,
            minute_end: self.minute_end,
            budget: self.budget.as_deref().map(amount),
            days_of_week: self.days_of_week,
            specific_dates: self.specific_dates,
            restore: self.restore,
            unlimited: self.unlimited,
            is_active: self.is_active,
        }
    }
}

impl Wanted {
    /// A new schedule.
    pub fn new_row(self, id: String, campaign_id: i64, by: &str) -> Result<NewRow, Refused> {
        let missing = |field| Refused::malformed(field, "required", "is required");
        let unlimited = self.unlimited.unwrap_or(false);
        let zero = || unlimited.then(|| UNLIMITED.to_owned());
        Ok(NewRow {
            id,
            campaign_id,
            campaign_name: self.campaign_name,
            ad_type: self.ad_type,
            hour_start: self.hour_start.ok_or_else(|| missing("hour_start"))?,
            minute_start: self.minute_start.unwrap_or(0),
            hour_end: self.hour_end.ok_or_else(|| missing("hour_end"))?,
            minute_end: self.minute_end.unwrap_or(0),
            budget: Some(self.budget.or_else(zero).ok_or_else(|| missing("budget"))?),
            days_of_week: self.days_of_week.flatten(),
            specific_dates: self.specific_dates.flatten(),
            is_active: self.is_active.unwrap_or(true),
            restore: self.restore.unwrap_or(false),
            unlimited,
            created_by: Some(by.to_owned()),
        })
    }

    /// A schedule as it is after the change. A budget that is named takes the place of no limit, and the reverse.
    pub fn onto(&self, row: &ScheduleRow) -> NewRow {
        let unlimited = self.unlimited.unwrap_or(row.unlimited && self.budget.is_none());
        let zero = (unlimited && !row.unlimited).then(|| UNLIMITED.to_owned());
        let text = |wanted: &Option<String>, old: &Option<String>| wanted.clone().or_else(|| old.clone());
        NewRow {
            id: row.id.clone(),
            campaign_id: row.campaign_id,
            campaign_name: text(&self.campaign_name, &row.campaign_name),
            ad_type: text(&self.ad_type, &row.ad_type),
            hour_start: self.hour_start.unwrap_or(row.hour_start),
            minute_start: self.minute_start.unwrap_or(row.minute_start),
            hour_end: self.hour_end.unwrap_or(row.hour_end),
            minute_end: self.minute_end.unwrap_or(row.minute_end),
            budget: self.budget.clone().or(zero).or_else(|| row.budget.clone()),
            days_of_week: self.days_of_week.clone().unwrap_or_else(|| row.days_of_week.clone()),
            specific_dates: self.specific_dates.clone().unwrap_or_else(|| row.specific_dates.clone()),
            is_active: self.is_active.unwrap_or(row.is_active),
            restore: self.restore.unwrap_or(row.restore),
            unlimited,
            created_by: row.created_by.clone(),
        }
    }

    /// Nothing is wanted but that the schedule has no more slots. That is done to any row, however it was written.
    pub fn only_deactivates(&self) -> bool {
        *self == Self { is_active: Some(false), ..Self::default() }
    }
}

/// A campaign's id as a text or a number.
pub fn campaign_id(text: &str) -> Result<i64, Refused> {
    let id = text.parse().ok().filter(|id| *id > 0);
    id.ok_or_else(|| Refused::malformed("campaign_id", ALLOWED_VALUES, "must be a positive whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Wanted {
        let mut reader = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize::<_, ScheduleBody>(&mut reader).unwrap().wanted()
    }

    #[test]
    fn an_amount_is_what_was_written() {
        for (json, text) in [
            ("45.50", "45.50"),
            ("\"45.50\"", "45.50"),
            ("1e3", "1e3"),
            ("45.550000000000000001", "45.550000000000000001"),
            ("9999999999999.99", "9999999999999.99"),
            ("true", "true"),
            ("[1]", "[1]"),
        ] {
            let found = body(&format!("{{\"budget\": {json}}}")).budget;
            assert_eq!(found.as_deref(), Some(text), "{json}");
        }
        assert_eq!(body("{\"budget\": null}").budget, None);
    }

    #[test]
    fn null_is_said_and_nothing_is_not() {
        assert_eq!(body("{}"), Wanted::default());
        let found = body("{\"days_of_week\": null, \"specific_dates\": []}");
        assert_eq!((found.days_of_week, found.specific_dates), (Some(None), Some(Some(vec![]))));
        assert!(body("{\"is_active\": false}").only_deactivates());
        assert!(!body("{\"is_active\": false, \"days_of_week\": null}").only_deactivates());
        assert!(!body("{\"is_active\": true}").only_deactivates());
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, field) in [
            ("{}", "hour_start"),
            ("{\"hour_start\": 1}", "hour_end"),
            ("{\"hour_start\": 1, \"hour_end\": 2}", "budget"),
        ] {
            let refused = body(text).new_row(String::new(), 7, "").unwrap_err();
            assert_eq!((refused.field.as_str(), refused.rule), (field, "required"));
        }
    }
}
