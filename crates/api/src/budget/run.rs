//! Budget runs and their log.

use serde::{Deserialize, Serialize};

/// A request to write budgets now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunBudgets {
    /// Reads from Shopee and checks all rules, but writes nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Sets this schedule's budget at once; everything due if absent.
    pub schedule_id: Option<String>,
    /// How long a schedule that restores has its budget outside its slots: 1 to 1440.
    pub minutes: Option<i64>,
}

/// What became of the budgets of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetsRun {
    /// The shop.
    pub shop_id: i64,
    /// Nothing was written, since nothing was to be.
    pub dry_run: bool,
    /// One for each campaign that was written, or would be in a dry run.
    pub results: Vec<BudgetResult>,
    /// Whether a message continues the work; the log says what becomes of it.
    pub goes_on: bool,
}

/// What became of a campaign's budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetResult {
    /// The campaign.
    pub campaign_id: i64,
    /// The schedule.
    pub schedule_id: String,
    /// `apply`, `restore` or `now`.
    pub action: String,
    /// The date of the slot in the shop's time zone.
    pub slot_date: String,
    /// Decimal text in major units; null if it could not be read.
    pub old_budget: Option<String>,
    /// Decimal text in major units.
    pub new_budget: String,
    /// `success`, `failed` or `skipped`, as in the log.
    pub status: String,
    /// `success`, `already_there`, `skipped`, `failed` or `unknown`.
    pub outcome: String,
    /// The reason; null for a success. For a rule it begins with the rule's name.
    pub reason: Option<String>,
}

/// A line of the log: one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetLog {
    /// The row's UUID.
    pub id: String,
    /// The shop.
    pub shop_id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// Its name.
    pub campaign_name: Option<String>,
    /// The schedule; it may have been deleted.
    pub schedule_id: Option<String>,
    /// Decimal text in major units.
    pub old_budget: Option<String>,
    /// Decimal text in major units.
    pub new_budget: Option<String>,
    /// `success`, `failed` or `skipped`.
    pub status: String,
    /// The reason, unless it succeeded.
    pub error_message: Option<String>,
    /// When, unix milliseconds.
    pub executed_at_ms: i64,
    /// `apply`, `restore` or `now`; null in rows of the older system.
    pub action: Option<String>,
    /// The date of the slot in the shop's time zone.
    pub slot_date: Option<String>,
}

/// Stops all budgets of a shop, or of the deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StopBudgets {
    /// The shop; the whole deployment if absent.
    pub shop_id: Option<i64>,
}
