//! Budget schedules.

use serde::{Deserialize, Serialize};

/// A schedule. Its times are in the shop's wall-clock time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Schedule {
    /// The row's UUID.
    pub id: String,
    /// The shop.
    pub shop_id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// Its name when the schedule was created.
    pub campaign_name: Option<String>,
    /// `auto` or `manual`.
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
    /// 0 = Sunday; null: every day.
    pub days_of_week: Option<Vec<i32>>,
    /// `YYYY-MM-DD`; if there are any, they take precedence over `days_of_week`.
    pub specific_dates: Option<Vec<String>>,
    /// Whether it has slots.
    pub is_active: bool,
    /// Whether the earlier budget comes back when a slot ends.
    pub restore: bool,
    /// Whether the budget is unlimited; `budget` is then 0 or null.
    pub unlimited: bool,
    /// Who created it over HTTP; null if it was created in SQL.
    pub created_by: Option<String>,
    /// When it was created, unix milliseconds.
    pub created_at_ms: Option<i64>,
    /// When it was last changed, unix milliseconds.
    pub updated_at_ms: Option<i64>,
    /// Why it has no effect; null: it is valid.
    pub problem: Option<RowProblem>,
}

/// A new schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateSchedule {
    /// The campaign.
    pub campaign_id: i64,
    /// 0 to 23, in the shop's wall-clock time.
    pub hour_start: i32,
    /// 0 to 59; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute_start: Option<i32>,
    /// 0 to 24.
    pub hour_end: i32,
    /// 0 to 59; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute_end: Option<i32>,
    /// Required unless `unlimited`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// 0 = Sunday; every day if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_of_week: Option<Vec<i32>>,
    /// `YYYY-MM-DD`; they take precedence over `days_of_week`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specific_dates: Option<Vec<String>>,
    /// Whether the earlier budget comes back when a slot ends; false if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<bool>,
    /// Whether the budget is unlimited; false if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlimited: Option<bool>,
    /// Whether the schedule has slots; true if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}

/// A change of a schedule: absent fields stay as they are, and null clears a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChangeSchedule {
    /// As it is: a schedule stays with its campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<i64>,
    /// 0 to 23, in the shop's wall-clock time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour_start: Option<i32>,
    /// 0 to 59.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minute_start: Option<i32>,
    /// 0 to 24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour_end: Option<i32>,
    /// 0 to 59.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minute_end: Option<i32>,
    /// Replaces an unlimited one, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// 0 = Sunday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_of_week: Option<Option<Vec<i32>>>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specific_dates: Option<Option<Vec<String>>>,
    /// Whether the earlier budget comes back when a slot ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<bool>,
    /// Whether the budget is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlimited: Option<bool>,
    /// Whether the schedule has slots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}

/// An amount in major units, as a decimal text or a number; its digits count as they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Amount {
    /// For example `"45.50"`.
    Text(String),
    /// For example `45.5`.
    Number(f64),
}

/// A schedule is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deleted {
    /// The schedule.
    pub id: String,
    /// Always true.
    pub deleted: bool,
}

/// What is wrong with a stored row that somebody has written by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowProblem {
    /// The column.
    pub field: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}
