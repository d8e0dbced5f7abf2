//! The settings that hold for a shop.

use store::{settings::SettingsRow, shops::ShopRow};
use sync_core::{Settings, SettingsError, SettingsOverride};

/// The shop's settings, with the row's own chunk size above them.
///
/// # Errors
/// A value that is out of its range.
pub fn settings(shop: &ShopRow, chunk_size: Option<i32>) -> Result<Settings, SettingsError> {
    resolve(&shop.settings, chunk_size)
}

/// Settings as found in the table, with a chunk size above them.
///
/// # Errors
/// A value that is out of its range.
pub fn resolve(row: &SettingsRow, chunk_size: Option<i32>) -> Result<Settings, SettingsError> {
    Settings::resolve(&SettingsOverride {
        chunk_size: chunk_size.map(i64::from).or(row.chunk_size),
        direct_threshold: row.direct_threshold,
        window_chunks: row.window_chunks,
        list_page_size: row.list_page_size,
        lease_seconds: row.lease_seconds,
        max_attempts: row.max_attempts,
        dynamic_chunks: row.dynamic_chunks,
        queued_seconds: row.queued_seconds,
        shop_calls_per_second: row.shop_calls_per_second,
        app_calls_per_second: row.app_calls_per_second,
        breaker_seconds: row.breaker_seconds,
        realtime_days: row.realtime_days,
        realtime_hourly_days: row.realtime_hourly_days,
        realtime_all_campaigns: row.realtime_all_campaigns,
        backfill_days: row.backfill_days,
        backfill_hourly_days: row.backfill_hourly_days,
        backfill_day_hourly: row.backfill_day_hourly,
        backfill_settings: row.backfill_settings,
    })
}
