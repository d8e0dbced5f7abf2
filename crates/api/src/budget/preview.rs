//! When a campaign has which budget according to its schedules.

use serde::{Deserialize, Serialize};

/// A page of campaigns with their budgets on the days from today on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The shop.
    pub shop_id: i64,
    /// The shop's wall-clock time, without a zone.
    pub local_time: String,
    /// The first day, `YYYY-MM-DD` in the shop's calendar.
    pub from: String,
    /// How many days.
    pub days: u32,
    /// What an hour that is not listed means.
    pub gaps: String,
    /// The campaigns.
    pub items: Vec<PreviewCampaign>,
    /// The `cursor` of the page after this one; null if there is none.
    pub next_cursor: Option<String>,
}

/// A campaign's budgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewCampaign {
    /// The campaign.
    pub campaign_id: i64,
    /// Its name.
    pub campaign_name: Option<String>,
    /// Days on which schedules set a budget.
    pub dates: Vec<PreviewDate>,
    /// Rows that were written by hand and have no effect.
    pub unusable: Vec<UnusableSchedule>,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewDate {
    /// `YYYY-MM-DD` in the shop's calendar.
    pub date: String,
    /// Hours, and parts of hours, in which a schedule is in force.
    pub hours: Vec<PreviewHour>,
}

/// A part of one hour in which one schedule is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewHour {
    /// 0 to 23.
    pub hour: u16,
    /// `HH:MM`, not before the hour begins.
    pub start: String,
    /// `HH:MM`, not after the hour ends.
    pub end: String,
    /// The schedule.
    pub schedule_id: String,
    /// Decimal text in major units.
    pub budget: String,
    /// Whether the budget is unlimited.
    pub unlimited: bool,
}

/// A row that has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnusableSchedule {
    /// The schedule.
    pub schedule_id: String,
    /// The column at fault.
    pub field: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}
