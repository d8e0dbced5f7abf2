//! `apishopee_ads_cron_ticks`: when each schedule has done its work last.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, one},
};
use serde::Deserialize;

/// What is known of a schedule's ticks. Times are unix milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CronTick {
    /// The schedule's name.
    pub cron: String,
    /// From when on a missing tick counts.
    pub watched_since_ms: i64,
    /// The end of the last tick that succeeded.
    pub last_at_ms: Option<i64>,
    /// Why the last failed tick failed.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at_ms: Option<i64>,
}

const RECORD: Statement = Statement {
    name: "cron_ticks.record",
    sql: "-- cron_ticks.record
        WITH told AS (
          INSERT INTO apishopee_ads_cron_ticks AS old (cron, watched_since, last_at, last_error, last_error_at)
          VALUES ($1, now(), CASE WHEN $2 IS NULL THEN now() END, left($2, 500), CASE WHEN $2 IS NOT NULL THEN now() END)
          ON CONFLICT (cron) DO UPDATE
          SET last_at = coalesce(EXCLUDED.last_at, old.last_at), last_error = coalesce(EXCLUDED.last_error, old.last_error),
            last_error_at = coalesce(EXCLUDED.last_error_at, old.last_error_at)
        )
        SELECT 'true'",
};

/// Records that a schedule's tick has ended: well, or with an error.
///
/// # Errors
/// What the database reports.
pub async fn record(db: &impl Db, cron: &str, error: Option<&str>) -> Result<(), DbError> {
    let error = error.map(clean);
    one::<bool>(db, &RECORD, &[Param::Text(cron), Param::OptText(error.as_deref())]).await.map(|_| ())
}
