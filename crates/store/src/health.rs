//! Whether the database answers and has what this release needs.

use crate::{Db, DbError, Param, Statement, decode::one};
use serde::Deserialize;

/// Every table used by this crate.
pub(crate) const TABLES: &str = "refinery_schema_history apishopee_shops apishopee_ads_campaign_data apishopee_ads_campaign_changes \
    apishopee_ads_performance_daily apishopee_ads_performance_hourly apishopee_ads_shop_performance_daily \
    apishopee_ads_shop_performance_hourly apishopee_ads_shop_balance apishopee_ads_sync_queue \
    apishopee_ads_sync_progress apishopee_ads_sync_status apishopee_ads_sync_runs apishopee_ads_sync_settings \
    apishopee_ads_dead_letters apishopee_ads_alerts apishopee_ads_audit_log apishopee_ads_api_drift \
    apishopee_scheduled_ads_budget apishopee_ads_budget_logs apishopee_ads_budget_rules apishopee_ads_budget_state \
    apishopee_ads_budget_leases apishopee_ads_budget_limits apishopee_ads_budget_changes apishopee_ads_consent_links \
    apishopee_ads_cron_ticks apishopee_ads_idempotency_keys apishopee_ads_alert_sinks \
    apishopee_ads_alert_told apishopee_ads_alert_messages";

/// The newest migration that this release knows.
pub const VERSION: i32 = 59;

/// The state of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schema {
    /// The number of the last applied migration.
    pub version: i32,
    /// Missing tables.
    pub missing: Vec<String>,
}

// With a parameter, so that the checksum is verified too.
const SCHEMA: Statement = Statement {
    name: "health.schema",
    sql: "-- health.schema
        SELECT jsonb_build_object(
          'version', (SELECT coalesce(max(version), 0) FROM refinery_schema_history),
          'missing', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM unnest(string_to_array($1, ' ')) AS name
            WHERE to_regclass(name) IS NULL))::text",
};

/// Reads the state of the schema.
///
/// # Errors
/// [`DbError::is_missing`] if the database was never migrated or something was dropped; else what the database reports.
pub async fn schema(db: &impl Db) -> Result<Schema, DbError> {
    one(db, &SCHEMA, &[Param::Text(TABLES)]).await
}
