//! What an operator can tune, for the deployment or for one shop.

use crate::limits::*;
use serde::{Deserialize, Serialize};

/// The settings of one run, frozen when it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Campaigns a chunk, 1 to [`CHUNK_SIZE_MAX`]; with `dynamic_chunks` the largest and first size.
    pub chunk_size: u32,
    /// Chunks shrink when they are slow or fail, and grow back.
    pub dynamic_chunks: bool,
    /// Runs of at most this many campaigns are direct.
    pub direct_threshold: u32,
    /// Chunks that may be queued or running at once.
    pub window_chunks: u32,
    /// Ids a page of the listing.
    pub list_page_size: u32,
    /// Time for one attempt, in seconds.
    pub lease_seconds: u32,
    /// Failures of a chunk before it counts as failed.
    pub max_attempts: u32,
    /// Time after which an unclaimed message is taken for lost, in seconds.
    pub queued_seconds: u32,
    /// Most calls a second of the shop.
    pub shop_calls_per_second: f64,
    /// Most calls a second of the partner app.
    pub app_calls_per_second: f64,
    /// First pause after the platform has refused the app, in seconds.
    pub breaker_seconds: u32,
    /// Days of performance that a realtime run fetches, today included.
    pub realtime_days: u32,
    /// Days of hourly performance that it fetches, today included.
    pub realtime_hourly_days: u32,
    /// It fetches the performance of campaigns too that cannot have spent.
    pub realtime_all_campaigns: bool,
    /// Days of performance that a full backfill fetches, today included.
    pub backfill_days: u32,
    /// Days of hourly performance that it fetches, today included.
    pub backfill_hourly_days: u32,
    /// A backfill of one day fetches the hours of that day.
    pub backfill_day_hourly: bool,
    /// Backfills fetch the settings of campaigns too.
    pub backfill_settings: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            chunk_size: CHUNK_SIZE_DEFAULT,
            dynamic_chunks: true,
            direct_threshold: DIRECT_THRESHOLD_DEFAULT,
            window_chunks: WINDOW_CHUNKS_DEFAULT,
            list_page_size: LIST_PAGE_SIZE_DEFAULT,
            lease_seconds: LEASE_SECONDS_DEFAULT,
            max_attempts: ATTEMPTS_DEFAULT,
            queued_seconds: QUEUED_SECONDS_DEFAULT,
            shop_calls_per_second: SHOP_CALLS_PER_SECOND_DEFAULT,
            app_calls_per_second: APP_CALLS_PER_SECOND_DEFAULT,
            breaker_seconds: BREAKER_SECONDS_DEFAULT,
            realtime_days: REALTIME_DAYS_DEFAULT,
            realtime_hourly_days: REALTIME_HOURLY_DAYS_DEFAULT,
            realtime_all_campaigns: false,
            backfill_days: BACKFILL_DAYS_DEFAULT,
            backfill_hourly_days: BACKFILL_DAYS_DEFAULT,
            backfill_day_hourly: true,
            backfill_settings: false,
        }
    }
}

/// Values as they were found in the database: absent ones are inherited.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of `Settings`")]
pub struct SettingsOverride {
    pub chunk_size: Option<i64>,
    pub dynamic_chunks: Option<bool>,
    pub direct_threshold: Option<i64>,
    pub window_chunks: Option<i64>,
    pub list_page_size: Option<i64>,
    pub lease_seconds: Option<i64>,
    pub max_attempts: Option<i64>,
    pub queued_seconds: Option<i64>,
    pub shop_calls_per_second: Option<f64>,
    pub app_calls_per_second: Option<f64>,
    pub breaker_seconds: Option<i64>,
    pub realtime_days: Option<i64>,
    pub realtime_hourly_days: Option<i64>,
    pub realtime_all_campaigns: Option<bool>,
    pub backfill_days: Option<i64>,
    pub backfill_hourly_days: Option<i64>,
    pub backfill_day_hourly: Option<bool>,
    pub backfill_settings: Option<bool>,
}

/// A value outside its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} is {value}; allowed are {min} to {max}")]
pub struct SettingsError {
    /// The setting's name.
    pub field: &'static str,
    /// What was found.
    pub value: f64,
    /// Smallest value allowed.
    pub min: f64,
    /// Largest value allowed.
    pub max: f64,
}

impl Settings {
    /// The defaults with what `values` overrides.
    ///
    /// # Errors
    /// The first value that is out of its range.
    pub fn resolve(values: &SettingsOverride) -> Result<Self, SettingsError> {
        let default = Self::default();
        let lease = (LEASE_SECONDS_MIN, LEASE_SECONDS_MAX);
        let queued = (QUEUED_SECONDS_MIN, QUEUED_SECONDS_MAX);
        let (shop, app) = (SHOP_CALLS_PER_SECOND_MAX, APP_CALLS_PER_SECOND_MAX);
        Ok(Self {
            chunk_size: whole("chunk_size", values.chunk_size, default.chunk_size, (1, CHUNK_SIZE_MAX))?,
            dynamic_chunks: values.dynamic_chunks.unwrap_or(default.dynamic_chunks),
            direct_threshold: whole(
                "direct_threshold",
                values.direct_threshold,
                default.direct_threshold,
                (0, DIRECT_THRESHOLD_MAX),
            )?,
            window_chunks: whole(
                "window_chunks",
                values.window_chunks,
                default.window_chunks,
                (1, WINDOW_CHUNKS_MAX),
            )?,
            list_page_size: whole(
                "list_page_size",
                values.list_page_size,
                default.list_page_size,
                (1, LIST_PAGE_SIZE_MAX),
            )?,
            lease_seconds: whole("lease_seconds", values.lease_seconds, default.lease_seconds, lease)?,
            max_attempts: whole(
                "max_attempts",
                values.max_attempts,
                default.max_attempts,
                (1, ATTEMPTS_MAX),
            )?,
            queued_seconds: whole("queued_seconds", values.queued_seconds, default.queued_seconds, queued)?,
            shop_calls_per_second: rate(
                "shop_calls_per_second",
                values.shop_calls_per_second,
                default.shop_calls_per_second,
                shop,
            )?,
            app_calls_per_second: rate(
                "app_calls_per_second",
                values.app_calls_per_second,
                default.app_calls_per_second,
                app,
            )?,
            breaker_seconds: whole(
                "breaker_seconds",
                values.breaker_seconds,
                default.breaker_seconds,
                (1, BREAKER_SECONDS_MAX),
            )?,
            realtime_days: whole(
                "realtime_days",
                values.realtime_days,
                default.realtime_days,
                (1, REALTIME_DAYS_MAX),
            )?,
            realtime_hourly_days: whole(
                "realtime_hourly_days",
                values.realtime_hourly_days,
                default.realtime_hourly_days,
                (0, REALTIME_DAYS_MAX),
            )?,
            realtime_all_campaigns: values.realtime_all_campaigns.unwrap_or(default.realtime_all_campaigns),
            backfill_days: whole(
                "backfill_days",
                values.backfill_days,
                default.backfill_days,
                (1, BACKFILL_DAYS_MAX),
            )?,
            backfill_hourly_days: whole(
                "backfill_hourly_days",
                values.backfill_hourly_days,
                default.backfill_hourly_days,
                (0, BACKFILL_DAYS_MAX),
            )?,
            backfill_day_hourly: values.backfill_day_hourly.unwrap_or(default.backfill_day_hourly),
            backfill_settings: values.backfill_settings.unwrap_or(default.backfill_settings),
        })
    }

    /// The lease in milliseconds.
    #[must_use]
    pub fn lease_ms(&self) -> i64 {
        i64::from(self.lease_seconds) * 1_000
    }

    /// The time after which an unclaimed message is taken for lost, in milliseconds.
    #[must_use]
    pub fn queued_ms(&self) -> i64 {
        i64::from(self.queued_seconds) * 1_000
    }

    /// The smallest size to which chunks shrink.
    #[must_use]
    pub fn chunk_size_min(&self) -> u32 {
        if self.dynamic_chunks { CHUNK_SIZE_MIN.min(self.chunk_size) } else { self.chunk_size }
    }
}

fn whole(
    field: &'static str,
    value: Option<i64>,
    default: u32,
    (min, max): (u32, u32),
) -> Result<u32, SettingsError> {
    let Some(value) = value else { return Ok(default) };
    u32::try_from(value).ok().filter(|value| (min..=max).contains(value)).ok_or(SettingsError {
        field,
        value: value as f64,
        min: f64::from(min),
        max: f64::from(max),
    })
}

fn rate(field: &'static str, value: Option<f64>, default: f64, max: f64) -> Result<f64, SettingsError> {
    let (value, min) = (value.unwrap_or(default), CALLS_PER_SECOND_MIN);
    if (min..=max).contains(&value) { Ok(value) } else { Err(SettingsError { field, value, min, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_names_its_field() {
        let values = SettingsOverride { chunk_size: Some(-5), ..SettingsOverride::default() };
        let error = Settings::resolve(&values).unwrap_err();
        assert_eq!(error.to_string(), "chunk_size is -5; allowed are 1 to 150");
        let values = SettingsOverride { chunk_size: Some(i64::MAX), ..SettingsOverride::default() };
        assert!(Settings::resolve(&values).is_err());
        let values = SettingsOverride { app_calls_per_second: Some(f64::NAN), ..SettingsOverride::default() };
        assert_eq!(Settings::resolve(&values).unwrap_err().field, "app_calls_per_second");
    }

    #[test]
    fn absent_values_are_inherited() {
        let values = SettingsOverride { chunk_size: Some(50), ..SettingsOverride::default() };
        let settings = Settings::resolve(&values).unwrap();
        assert_eq!(settings, Settings { chunk_size: 50, ..Settings::default() });
    }
}
