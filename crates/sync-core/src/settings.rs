//! What an operator can tune, for the deployment or for one shop.

use crate::limits::*;
use serde::{Deserialize, Serialize};

/// The settings of one run, frozen when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Campaigns a chunk, 1 to [`CHUNK_SIZE_MAX`].
    pub chunk_size: u32,
    /// Runs of at most this many campaigns are direct.
    pub direct_threshold: u32,
    /// Chunks that may be queued or running at once.
    pub window_chunks: u32,
    /// Ids a page of the listing.
    pub list_page_size: u32,
    /// Time for one attempt, in seconds.
    pub lease_seconds: u32,
    /// Attempts at a chunk before it counts as failed.
    pub max_attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            chunk_size: CHUNK_SIZE_DEFAULT,
            direct_threshold: DIRECT_THRESHOLD_DEFAULT,
            window_chunks: WINDOW_CHUNKS_DEFAULT,
            list_page_size: LIST_PAGE_SIZE_DEFAULT,
            lease_seconds: LEASE_SECONDS_DEFAULT,
            max_attempts: ATTEMPTS_DEFAULT,
        }
    }
}

/// Values as they were found in the database: absent ones are inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of `Settings`")]
pub struct SettingsOverride {
    pub chunk_size: Option<i64>,
    pub direct_threshold: Option<i64>,
    pub window_chunks: Option<i64>,
    pub list_page_size: Option<i64>,
    pub lease_seconds: Option<i64>,
    pub max_attempts: Option<i64>,
}

/// A value outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}; allowed are {min} to {max}")]
pub struct SettingsError {
    /// The setting's name.
    pub field: &'static str,
    /// What was found.
    pub value: i64,
    /// Smallest value allowed.
    pub min: u32,
    /// Largest value allowed.
    pub max: u32,
}

impl Settings {
    /// The defaults with what `values` overrides.
    ///
    /// # Errors
    /// The first value that is out of its range.
    pub fn resolve(values: &SettingsOverride) -> Result<Self, SettingsError> {
        let default = Self::default();
        let pick = |field, value: Option<i64>, default: u32, min: u32, max: u32| match value {
            None => Ok(default),
            Some(value) => u32::try_from(value)
                .ok()
                .filter(|value| (min..=max).contains(value))
                .ok_or(SettingsError { field, value, min, max }),
        };
        Ok(Self {
            chunk_size: pick("chunk_size", values.chunk_size, default.chunk_size, 1, CHUNK_SIZE_MAX)?,
            direct_threshold: pick(
                "direct_threshold",
                values.direct_threshold,
                default.direct_threshold,
                0,
                DIRECT_THRESHOLD_MAX,
            )?,
            window_chunks: pick(
                "window_chunks",
                values.window_chunks,
                default.window_chunks,
                1,
                WINDOW_CHUNKS_MAX,
            )?,
            list_page_size: pick(
                "list_page_size",
                values.list_page_size,
                default.list_page_size,
                1,
                LIST_PAGE_SIZE_MAX,
            )?,
            lease_seconds: pick(
                "lease_seconds",
                values.lease_seconds,
                default.lease_seconds,
                LEASE_SECONDS_MIN,
                LEASE_SECONDS_MAX,
            )?,
            max_attempts: pick("max_attempts", values.max_attempts, default.max_attempts, 1, ATTEMPTS_MAX)?,
        })
    }

    /// The lease in milliseconds.
    #[must_use]
    pub fn lease_ms(&self) -> i64 {
        i64::from(self.lease_seconds) * 1_000
    }
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
    }

    #[test]
    fn absent_values_are_inherited() {
        let values = SettingsOverride { chunk_size: Some(50), ..SettingsOverride::default() };
        let settings = Settings::resolve(&values).unwrap();
        assert_eq!(settings, Settings { chunk_size: 50, ..Settings::default() });
    }
}
