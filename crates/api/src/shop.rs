//! Shops.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A shop with its progress and the age of its data; no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shop {
    /// The shop.
    pub shop_id: i64,
    /// Its name.
    pub shop_name: Option<String>,
    /// Its market, for example `SG`.
    pub region: Option<String>,
    /// Since when nothing is asked of Shopee for it, unix milliseconds; null: it is on.
    pub disabled_at_ms: Option<i64>,
    /// Whether an access token is stored.
    pub has_token: bool,
    /// `ok`, or `reconsent`: the seller must authorize the app again.
    pub token_state: String,
    /// The progress of its sync; null before the first run and after a reset.
    pub progress: Option<Progress>,
    /// The results of its syncs; null before the first run.
    pub sync: Option<SyncStatus>,
    /// Its advertising credit; null before it was fetched.
    pub balance: Option<Balance>,
    /// The age of its data, and when they are due to be renewed.
    pub freshness: Option<Freshness>,
}

/// The progress of a shop's run: the row of `v_ads_sync_progress_status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// The run.
    pub generation: i64,
    /// Its kind; `manual` if it is driven by hand.
    pub run_kind: Option<String>,
    /// `idle`, `syncing_campaigns`, `syncing_performance`, `completed` or `failed`.
    pub sync_stage: String,
    /// Chunks of the current stage that have ended.
    pub current_chunk: i32,
    /// Chunks per stage.
    pub total_chunks: i32,
    /// 0 to 100.
    pub progress_percent: f64,
    /// Campaigns accounted for.
    pub synced_campaigns: i32,
    /// Campaigns of the plan.
    pub total_campaigns: i32,
    /// Indices of failed chunks.
    pub failed_chunks: Option<Vec<i32>>,
    /// Why the run failed.
    pub error_message: Option<String>,
    /// What the run waits for.
    pub waiting_reason: Option<String>,
    /// Until when, unix milliseconds.
    pub waiting_until_ms: Option<i64>,
    /// Unix milliseconds.
    pub started_at_ms: Option<i64>,
    /// The last sign of progress, unix milliseconds.
    pub last_chunk_at_ms: Option<i64>,
    /// Unix milliseconds.
    pub completed_at_ms: Option<i64>,
    /// Everything that was planned is done.
    pub is_complete: Option<bool>,
}

/// A shop's advertising credit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Balance {
    /// Paid and free credit together, in major units.
    pub balance: f64,
    /// When Shopee counted it, unix seconds.
    pub data_timestamp: i64,
}

/// The results of a shop's syncs: the row of `apishopee_ads_sync_status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncStatus {
    /// A run is active.
    pub is_syncing: Option<bool>,
    /// End of the last completed run, unix milliseconds.
    pub last_sync_at_ms: Option<i64>,
    /// Why the last run failed, if it did.
    pub last_sync_error: Option<String>,
    /// A summary of the last run.
    pub sync_progress: Option<Value>,
    /// Campaigns of the last run's plan.
    pub total_campaigns: Option<i32>,
    /// Ongoing campaigns at the end of the last run.
    pub ongoing_campaigns: Option<i32>,
    /// The highest generation ever begun.
    pub generation: i64,
}

/// How old a shop's data are, and the estimated end of its current run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freshness {
    /// It has spent today or yesterday, or that is not known yet.
    pub spends: bool,
    /// Minutes between two syncs.
    pub cadence_minutes: i32,
    /// The objective: the data are never older than this, in minutes.
    pub freshness_minutes: i32,
    /// The age of the data in minutes; null before the first completed sync.
    pub age_minutes: Option<f64>,
    /// The objective is met. A new shop is given the same time.
    pub is_fresh: bool,
    /// When the next sync is due, unix milliseconds; null: at once.
    pub due_at_ms: Option<i64>,
    /// The estimated end of the current run, unix milliseconds; null without a run, or without a basis for an estimate.
    pub eta_ms: Option<i64>,
}

/// A request for a sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// `realtime` (default), `backfill_day` or `backfill_full`.
    pub kind: Option<String>,
    /// 0 low … 3 critical; any integer is accepted. 1 if absent.
    pub priority: Option<i32>,
    /// For `backfill_day`: 0 to 180; 1 if absent.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, maximum = 180))]
    pub days_ago: Option<Value>,
    /// For `backfill_full`: 1 to 30; from the settings if absent.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 30))]
    pub days: Option<Value>,
    /// For `backfill_full`: 0 to 30.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, maximum = 30))]
    pub hourly_days: Option<Value>,
    /// Campaigns per chunk, for this run only.
    pub chunk_size: Option<i32>,
}

/// An accepted request for a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepted {
    /// The run that serves the job, or for which it waits.
    pub run: RunHandle,
    /// The queue row.
    pub job_id: String,
    /// How the job relates to the run: `begun`, `joined`, `waits_for_this_run`, `joins_this_run_or_follows_it`, `over`.
    pub standing: String,
}

/// Where a run is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunHandle {
    /// `<shop>-<generation>`.
    pub id: String,
    /// The shop.
    pub shop_id: i64,
    /// The run's number within the shop.
    pub generation: i64,
    /// Its address.
    pub href: String,
}

/// A shop has no run any more, and nothing in line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reset {
    /// The shop.
    pub shop_id: i64,
    /// Always true.
    pub reset: bool,
}

/// What changes of a shop: at least one field; the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeShop {
    /// Its name, 1 to 200 characters. Shopee's own name takes its place when it is fetched next.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub shop_name: Option<String>,
    /// Its market, for example `SG`, which gives it a clock and a currency. Shopee's own takes its place when it is fetched next.
    pub region: Option<String>,
    /// false: nothing is asked of Shopee for it, and its run ends.
    pub enabled: Option<bool>,
}

/// The deletion of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteShop {
    /// The shop's id once more.
    pub confirm: i64,
    /// Whether its campaigns, figures, runs and budget logs go too; false unless it is given.
    pub data: Option<bool>,
}

/// What a deletion has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShopDeleted {
    /// The shop.
    pub shop_id: i64,
    /// Whether nothing is left of it; if not, the shop is off, and the same request goes on.
    pub is_gone: bool,
    /// Deleted rows of each table.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub rows: Value,
}
