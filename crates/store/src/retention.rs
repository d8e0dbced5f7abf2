//! Deleting rows older than the settings keep them.

use crate::{Db, DbError, Param, Statement, decode::one};
use compact::SortedMap;

const CLEAN: Statement = Statement {
    name: "retention.clean",
    sql: "-- retention.clean
        SELECT cleanup_old_sync_data($1::int)::text",
};

/// Deletes at most `limit` rows of each table that are too old; returns how many, by kind. `limit` is 1 to 100,000.
///
/// # Errors
/// What the database reports.
pub async fn clean(db: &impl Db, limit: i64) -> Result<SortedMap<String, i64>, DbError> {
    one(db, &CLEAN, &[Param::I64(limit)]).await
}
