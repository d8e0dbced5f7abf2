//! Reports.

use serde::{Deserialize, Serialize};

/// A list that has no pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Items<T> {
    /// All of it.
    pub items: Vec<T>,
}

/// Calls of a shop's runs of a kind on a day of Shopee's quota, which begins at midnight in Singapore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallsOfDay {
    /// `YYYY-MM-DD`.
    pub quota_day: String,
    /// The shop.
    pub shop_id: i64,
    /// `realtime`, `backfill_day` or `backfill_full`.
    pub kind: String,
    /// Runs that began on that day.
    pub runs: i64,
    /// Their calls.
    pub calls: i64,
}

/// What a shop has spent on a day beyond the sum of its campaigns. Amounts are in the shop's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnlistedSpend {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Of the shop.
    pub shop_expense: Option<String>,
    /// Of its campaigns.
    pub campaigns_expense: Option<String>,
    /// The difference.
    pub unlisted_expense: Option<String>,
    /// Sales beyond those of its campaigns.
    pub unlisted_gmv: Option<String>,
    /// Orders beyond those of its campaigns.
    pub unlisted_orders: Option<i64>,
    /// The difference ÷ what the shop has spent; 0 if that is nothing.
    pub unlisted_share: Option<String>,
}

/// How long runs of a kind and a size take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncTime {
    /// `realtime`, `backfill_day` or `backfill_full`.
    pub kind: String,
    /// Smallest number of campaigns.
    pub campaigns_from: Option<i32>,
    /// Largest number; null: any.
    pub campaigns_to: Option<i32>,
    /// Completed runs.
    pub runs: i64,
    /// Their average.
    pub average_seconds: Option<f64>,
    /// What 95 of 100 runs take at most.
    pub p95_seconds: Option<f64>,
}
