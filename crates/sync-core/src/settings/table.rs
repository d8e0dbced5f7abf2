//! All settings, one per line. The columns to read, the merging of deployment and shop, the checks, the documentation
//! and the HTTP output are derived from this table. A test compares the CHECKs in Postgres with it.

use super::{
    Scope, Setting, SettingValue, SettingsError,
    value::{RATE_MIN, Stored},
};
use crate::limits::*;
use serde::{Deserialize, Serialize};

macro_rules! settings {
    (
        run { $($(#[group = $group:literal])? $name:ident: $type:ty = $default:expr, $range:expr, $unit:literal, $scope:ident, $doc:literal;)* }
        database { $($(#[group = $db_group:literal])? $db_name:ident: $db_type:ty = $db_default:expr, $db_range:expr, $db_unit:literal, $db_scope:ident, $db_doc:literal;)* }
    ) => {
        /// The settings of one run, frozen when it begins.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $(#[doc = $doc] pub $name: $type,)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// One row of `apishopee_ads_sync_settings`; absent values are inherited.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct SettingsOverride {
            $(#[doc = $doc] #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<<$type as Stored>::Column>,)*
            $(#[doc = $db_doc] #[serde(skip_serializing_if = "Option::is_none")] pub $db_name: Option<<$db_type as Stored>::Column>,)*
        }

        impl SettingsOverride {
            /// The settings for a shop: its own values take precedence over the deployment's, if it may have its own.
            #[must_use]
            pub fn merge(deployment: &Self, shop: &Self) -> Self {
                Self {
                    $($name: if Scope::$scope == Scope::Shop { shop.$name.or(deployment.$name) } else { deployment.$name },)*
                    $($db_name: if Scope::$db_scope == Scope::Shop { shop.$db_name.or(deployment.$db_name) } else { deployment.$db_name },)*
                }
            }
        }

        impl Settings {
            /// The defaults, overridden by `values`.
            ///
            /// # Errors
            /// The first value that is out of range.
            pub fn resolve(values: &SettingsOverride) -> Result<Self, SettingsError> {
                Ok(Self { $($name: Stored::read(stringify!($name), values.$name, $default, $range)?,)* })
            }
        }

        /// All settings, in the order in which they are shown.
        pub const TABLE: &[Setting] = &[
            $(Setting {
                name: stringify!($name),
                group: concat!($($group)?),
                kind: <$type as Stored>::TYPE,
                range: || { let (min, max): ($type, $type) = $range; (Stored::value(min), Stored::value(max)) },
                default: || Stored::value({ let default: $type = $default; default }),
                unit: $unit,
                scope: Scope::$scope,
                doc: $doc,
                stored: |row| row.$name.map(Into::into),
            },)*
            $(Setting {
                name: stringify!($db_name),
                group: concat!($($db_group)?),
                kind: <$db_type as Stored>::TYPE,
                range: || { let (min, max): ($db_type, $db_type) = $db_range; (Stored::value(min), Stored::value(max)) },
                default: || $db_default,
                unit: $db_unit,
                scope: Scope::$db_scope,
                doc: $db_doc,
                stored: |row| row.$db_name.map(Into::into),
            },)*
        ];
    };
}

const fn days(days: i64) -> SettingValue {
    SettingValue::Integer(days)
}

settings! {
    run {
        #[group = "Chunks and messages"]
        chunk_size: u32 = CHUNK_SIZE_DEFAULT, (1, CHUNK_SIZE_MAX), "campaigns", Shop,
            "campaigns in a chunk; with `dynamic_chunks` the largest size";
        dynamic_chunks: bool = true, (false, true), "", Shop,
            "chunks shrink when they are slow or fail, and grow back";
        direct_threshold: u32 = DIRECT_THRESHOLD_DEFAULT, (0, DIRECT_THRESHOLD_MAX), "campaigns", Shop,
            "runs of at most this many campaigns need no messages";
        window_chunks: u32 = WINDOW_CHUNKS_DEFAULT, (1, WINDOW_CHUNKS_MAX), "chunks", Shop,
            "chunks of a shop that may be at work at once";
        max_attempts: u32 = ATTEMPTS_DEFAULT, (1, ATTEMPTS_MAX), "attempts", Shop,
            "failures of a chunk before it counts as failed; waits do not count";
        lease_seconds: u32 = LEASE_SECONDS_DEFAULT, (LEASE_SECONDS_MIN, LEASE_SECONDS_MAX), "seconds", Shop,
            "when an attempt counts as lost";
        queued_seconds: u32 = QUEUED_SECONDS_DEFAULT, (QUEUED_SECONDS_MIN, QUEUED_SECONDS_MAX), "seconds", Shop,
            "when a message that nobody has claimed counts as lost";
        list_page_size: u32 = LIST_PAGE_SIZE_DEFAULT, (1, LIST_PAGE_SIZE_MAX), "ids", Shop,
            "ids in a page of the listing";
        #[group = "Calls to Shopee"]
        shop_calls_per_second: f64 = SHOP_CALLS_PER_SECOND_DEFAULT, (RATE_MIN, SHOP_CALLS_PER_SECOND_MAX), "calls a second", Shop,
            "calls of one shop, at most";
        app_calls_per_second: f64 = APP_CALLS_PER_SECOND_DEFAULT, (RATE_MIN, APP_CALLS_PER_SECOND_MAX), "calls a second", Deployment,
            "calls of the whole partner app, at most";
        breaker_seconds: u32 = BREAKER_SECONDS_DEFAULT, (1, BREAKER_SECONDS_MAX), "seconds", Deployment,
            "the first pause after Shopee has refused the app; it doubles up to an hour";
        #[group = "What each kind fetches"]
        realtime_days: u32 = REALTIME_DAYS_DEFAULT, (1, REALTIME_DAYS_MAX), "days", Shop,
            "days of performance of a realtime run, today included";
        realtime_hourly_days: u32 = REALTIME_HOURLY_DAYS_DEFAULT, (0, REALTIME_DAYS_MAX), "days", Shop,
            "days of hourly performance of a realtime run, today included";
        realtime_all_campaigns: bool = false, (false, true), "", Shop,
            "a realtime run fetches the performance of all campaigns, not only of those that can have spent";
        backfill_days: u32 = BACKFILL_DAYS_DEFAULT, (1, BACKFILL_DAYS_MAX), "days", Shop,
            "days of performance of a full backfill, today included";
        backfill_hourly_days: u32 = BACKFILL_DAYS_DEFAULT, (0, BACKFILL_DAYS_MAX), "days", Shop,
            "days of hourly performance of a full backfill whose job does not name its days";
        backfill_day_hourly: bool = true, (false, true), "", Shop,
            "a backfill of one day fetches its hours";
        backfill_settings: bool = false, (false, true), "", Shop,
            "backfills fetch the settings of campaigns too";
    }
    database {
        #[group = "Shops at work at once"]
        queue_batch: u32 = SettingValue::Integer(PLACES_DEFAULT as i64), (1, 500), "shops", Deployment,
            "shops of an app that the queue processor has at work at once";
        #[group = "How often, and how fresh"]
        sync_minutes: u32 = SettingValue::Integer(15), (15, 1_440), "minutes", Shop,
            "minutes between two syncs of a shop that spends";
        idle_sync_minutes: u32 = SettingValue::Integer(120), (15, 1_440), "minutes", Shop,
            "minutes between two syncs of one that does not; never less than `sync_minutes`";
        freshness_minutes: u32 = SettingValue::Derived("twice the time between two syncs, and 15"), (15, 10_080), "minutes", Shop,
            "the data are never to be older; if they are, the alert `stale_data` opens";
        #[group = "How long things are kept"]
        keep_queue_days: u32 = days(7), (1, 3_650), "days", Deployment,
            "queue rows that have ended";
        keep_hourly_days: u32 = days(90), (31, 3_650), "days", Deployment,
            "hourly performance; daily figures stay for ever";
        keep_runs_days: u32 = days(90), (1, 3_650), "days", Deployment,
            "runs; a shop's newest run always stays";
        keep_changes_days: u32 = days(365), (1, 3_650), "days", Deployment,
            "changes of campaigns' settings";
        keep_dead_letters_days: u32 = days(30), (1, 3_650), "days", Deployment,
            "dead letters";
        keep_alerts_days: u32 = days(90), (1, 3_650), "days", Deployment,
            "alerts that are over";
        keep_audit_log_days: u32 = days(730), (1, 3_650), "days", Deployment,
            "the audit log";
        #[group = "Metrics"]
        metrics_by_shop: bool = SettingValue::Boolean(false), (false, true), "", Deployment,
            "`GET /metrics` has series of each shop too, of up to 500 shops";
    }
}
