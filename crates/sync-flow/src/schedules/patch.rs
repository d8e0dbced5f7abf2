//! A caller's request: a new schedule, or a change of one.

use super::rejection::{ALLOWED_VALUES, ScheduleRejection};
use compact::json::Raw;
use serde::{Deserialize, Deserializer};
use sync_core::{ShopId, budget::ScheduleRow};

/// A new schedule, or a change of one. `None`: not given, and unchanged in a change; for lists `Some(None)` clears
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchedulePatch {
    /// The campaign.
    pub campaign_id: Option<i64>,
    /// The campaign's name.
    #[serde(skip)]
    pub campaign_name: Option<String>,
    /// The campaign's kind.
    #[serde(skip)]
    pub ad_type: Option<String>,
    /// 0 to 23, in the shop's wall-clock time.
    pub hour_start: Option<i32>,
    /// 0 to 59.
    pub minute_start: Option<i32>,
    /// 0 to 24.
    pub hour_end: Option<i32>,
    /// 0 to 59.
    pub minute_end: Option<i32>,
    /// The amount as the caller wrote it.
    #[serde(default, deserialize_with = "amount")]
    pub budget: Option<String>,
    /// 0 = Sunday.
    #[serde(default, deserialize_with = "named")]
    pub days_of_week: Option<Option<Vec<i32>>>,
    /// YYYY-MM-DD.
    #[serde(default, deserialize_with = "named")]
    pub specific_dates: Option<Option<Vec<String>>>,
    /// Whether the earlier budget comes back when a slot ends.
    pub restore: Option<bool>,
    /// Whether the budget is unlimited.
    pub unlimited: Option<bool>,
    /// Whether the schedule has slots.
    pub is_active: Option<bool>,
}

/// The budget that is stored for an unlimited one.
const UNLIMITED: &str = "0";

/// Reads a field that is present, even if null, to distinguish it from an absent field.
///
/// # Errors
/// Those of the reader.
pub fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

/// Reads an amount's digits as the caller wrote them, as a JSON number or a text, without a binary number in between:
/// 45.555 is not taken for 45.56, and 1e3 is not an amount.
///
/// # Errors
/// Those of the reader.
pub fn amount<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    let raw = Option::<Raw<'de>>::deserialize(reader)?;
    Ok(raw.map(|raw| raw.read().unwrap_or_else(|_| raw.get().to_owned())))
}

impl SchedulePatch {
    /// The new schedule that the patch describes. `by` names its creator.
    ///
    /// # Errors
    /// A required field is missing.
    pub fn new_row(self, shop_id: ShopId, id: String, by: &str) -> Result<ScheduleRow, ScheduleRejection> {
        let missing = |field| ScheduleRejection::malformed(field, "required", "is required");
        let unlimited = self.unlimited.unwrap_or(false);
        let zero = || unlimited.then(|| UNLIMITED.to_owned());
        Ok(ScheduleRow {
            id,
            shop_id: shop_id.0,
            campaign_id: self.campaign_id.ok_or_else(|| missing("campaign_id"))?,
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
            created_at_ms: None,
            updated_at_ms: None,
        })
    }

    /// The schedule after the change; its campaign stays the same. A given budget replaces an unlimited one, and vice
    /// versa.
    #[must_use]
    pub fn onto(&self, row: &ScheduleRow) -> ScheduleRow {
        let unlimited = self.unlimited.unwrap_or(row.unlimited && self.budget.is_none());
        let zero = (unlimited && !row.unlimited).then(|| UNLIMITED.to_owned());
        let text = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        ScheduleRow {
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
            ..row.clone()
        }
    }

    /// Whether the patch does nothing but deactivate the schedule, which is possible for any row, even an invalid one.
    #[must_use]
    pub fn only_deactivates(&self) -> bool {
        *self == Self { is_active: Some(false), ..Self::default() }
    }
}

/// Reads a campaign's id.
///
/// # Errors
/// The text is not a positive whole number.
pub fn campaign_id(text: &str) -> Result<i64, ScheduleRejection> {
    let id = text.parse().ok().filter(|id| *id > 0);
    id.ok_or_else(|| {
        ScheduleRejection::malformed("campaign_id", ALLOWED_VALUES, "must be a positive whole number")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> SchedulePatch {
        compact::json::from_str(text).unwrap()
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
        assert_eq!(body("{}"), SchedulePatch::default());
        let found = body("{\"days_of_week\": null, \"specific_dates\": []}");
        assert_eq!((found.days_of_week, found.specific_dates), (Some(None), Some(Some(vec![]))));
        assert!(body("{\"is_active\": false}").only_deactivates());
        assert!(!body("{\"is_active\": false, \"days_of_week\": null}").only_deactivates());
        assert!(!body("{\"is_active\": true}").only_deactivates());
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, field) in [
            ("{}", "campaign_id"),
            ("{\"campaign_id\": 7}", "hour_start"),
            ("{\"campaign_id\": 7, \"hour_start\": 1}", "hour_end"),
            ("{\"campaign_id\": 7, \"hour_start\": 1, \"hour_end\": 2}", "budget"),
        ] {
            let refused = body(text).new_row(ShopId(1), String::new(), "").unwrap_err();
            assert_eq!((refused.field.as_str(), refused.rule), (field, "required"));
        }
    }
}
