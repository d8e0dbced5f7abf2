//! Answers of the two functions that older callers use, in their words: amounts are numbers, times are texts.

use crate::shop::Accepted;
use serde::{Deserialize, Serialize};

/// A call was refused or has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderError {
    /// Always false.
    pub success: bool,
    /// What is wrong and what is allowed, for people.
    pub error: String,
    /// Stable, for programs.
    pub code: String,
}

/// A sync is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderSync {
    /// The run.
    #[serde(flatten)]
    pub accepted: Accepted,
    /// Always true.
    pub success: bool,
}

/// A chunk that the caller drives by hand is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderChunk {
    /// Always true.
    pub success: bool,
    /// As in the call.
    pub chunk_index: u32,
    /// Campaigns of the chunk.
    pub campaigns_synced: u32,
}

/// Something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderDone {
    /// Always true.
    pub success: bool,
}

/// A schedule was made or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderSaved {
    /// Always true.
    pub success: bool,
    /// The schedule.
    pub schedule: OlderSchedule,
}

/// A shop's schedules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderSchedules {
    /// Always true.
    pub success: bool,
    /// The schedules.
    pub schedules: Vec<OlderSchedule>,
}

/// A row of `apishopee_scheduled_ads_budget`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the fields are those of `Schedule`")]
pub struct OlderSchedule {
    pub id: String,
    pub shop_id: i64,
    pub campaign_id: i64,
    pub campaign_name: Option<String>,
    pub ad_type: Option<String>,
    pub hour_start: i32,
    pub hour_end: i32,
    pub minute_start: i32,
    pub minute_end: i32,
    pub budget: Option<f64>,
    pub days_of_week: Option<Vec<i32>>,
    pub specific_dates: Option<Vec<String>>,
    pub is_active: bool,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
}

/// A shop's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderLogs {
    /// Always true.
    pub success: bool,
    /// Newest first.
    pub logs: Vec<OlderLog>,
}

/// A row of `apishopee_ads_budget_logs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the fields are those of `BudgetLog`")]
pub struct OlderLog {
    pub id: String,
    pub shop_id: i64,
    pub campaign_id: i64,
    pub campaign_name: Option<String>,
    pub schedule_id: Option<String>,
    pub old_budget: Option<f64>,
    pub new_budget: Option<f64>,
    pub status: String,
    pub error_message: Option<String>,
    pub executed_at: Option<String>,
}

/// The work of a tick is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderTick {
    /// Always true.
    pub success: bool,
    /// Shops that were handed over.
    pub processed: usize,
    /// For people.
    pub message: String,
}

/// What became of a shop's budgets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderProcessed {
    /// Always true.
    pub success: bool,
    /// Campaigns.
    pub processed: usize,
    /// Of them, budgets that were set.
    pub success_count: usize,
    /// Of them, failures.
    pub failure_count: usize,
    /// Of them, those left alone.
    pub skipped_count: usize,
    /// In milliseconds.
    pub duration_ms: i64,
    /// For people; null if there is nothing to say.
    pub message: Option<String>,
    /// One for each campaign.
    pub results: Vec<OlderResult>,
}

/// What became of a campaign's budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderResult {
    /// The schedule.
    pub schedule_id: String,
    /// The shop.
    pub shop_id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// The budget that was wanted.
    pub budget: Option<f64>,
    /// Whether it is in force.
    pub success: bool,
    /// Why it has failed.
    pub error: Option<String>,
    /// It was left alone.
    pub skipped: bool,
    /// Why it was left alone.
    pub skip_reason: Option<String>,
}

/// What became of one schedule's budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OlderRanNow {
    /// Whether the budget is in force.
    pub success: bool,
    /// Why it is not.
    pub error: Option<String>,
    /// The campaign.
    pub campaign_id: Option<i64>,
    /// The budget that was wanted.
    pub budget: Option<f64>,
    /// In milliseconds.
    pub duration_ms: i64,
}
