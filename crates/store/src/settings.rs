//! `apishopee_ads_sync_settings`.

use crate::{Db, DbError, Statement, decode::one};
use serde::{Deserialize, Serialize};

/// Settings as found in the table; `None` is inherited from the program's defaults. The table checks the ranges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingsRow {
    /// Campaigns a chunk, 1 to 150.
    pub chunk_size: Option<i64>,
    /// Runs of at most this many campaigns are direct.
    pub direct_threshold: Option<i64>,
    /// Chunks of a shop that may be queued or running at once, 1 to 50.
    pub window_chunks: Option<i64>,
    /// Ids a page of the listing, 1 to 5,000.
    pub list_page_size: Option<i64>,
    /// Time for one attempt, 5 to 600 seconds.
    pub lease_seconds: Option<i64>,
    /// Attempts at a chunk, 1 to 20.
    pub max_attempts: Option<i64>,
    /// Shops of an app that the queue processor has at work at once, 1 to 500. Of the deployment only.
    pub queue_batch: Option<i64>,
    /// Whether chunks shrink when they are slow or fail, and grow back.
    pub dynamic_chunks: Option<bool>,
    /// Calls to Shopee a second for one shop, 0.01 to 1,000.
    pub shop_calls_per_second: Option<f64>,
    /// Calls to Shopee a second for all shops together, 0.01 to 5,000. Of the deployment only.
    pub app_calls_per_second: Option<f64>,
    /// The first pause of all calls after the platform has refused the app, 1 to 3,600 seconds. Of the deployment
    /// only.
    pub breaker_seconds: Option<i64>,
    /// How long a chunk message may be under way before the chunk is sent again, 5 to 3,600 seconds.
    pub queued_seconds: Option<i64>,
    /// Days of performance of a realtime run, today included, 1 to 8.
    pub realtime_days: Option<i64>,
    /// Days of hourly performance of a realtime run, 0 to 8.
    pub realtime_hourly_days: Option<i64>,
    /// Whether a realtime run fetches the performance of campaigns too that cannot have spent.
    pub realtime_all_campaigns: Option<bool>,
    /// Days of performance of a full backfill, today included, 1 to 30.
    pub backfill_days: Option<i64>,
    /// Days of hourly performance of a full backfill, 0 to 30.
    pub backfill_hourly_days: Option<i64>,
    /// Whether a backfill of one day fetches its hours.
    pub backfill_day_hourly: Option<bool>,
    /// Whether backfills fetch the settings of campaigns.
    pub backfill_settings: Option<bool>,
}

const DEPLOYMENT: Statement = Statement {
    name: "settings.deployment",
    sql: "-- settings.deployment
        SELECT coalesce((SELECT to_jsonb(s) FROM apishopee_ads_sync_settings s WHERE s.shop_id = 0), '{}')::text",
};

/// The settings of the whole deployment.
///
/// # Errors
/// What the database reports.
pub async fn deployment(db: &impl Db) -> Result<SettingsRow, DbError> {
    one(db, &DEPLOYMENT, &[]).await
}
