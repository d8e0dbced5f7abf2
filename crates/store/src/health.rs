//! Which schema the database has; asking also shows whether it answers.

use crate::{Db, DbError, Statement, decode::one};

const SCHEMA_VERSION: Statement = Statement {
    name: "health.schema_version",
    sql: "-- health.schema_version
        SELECT coalesce(max(version), 0)::text FROM refinery_schema_history",
};

/// The number of the last migration that was applied.
///
/// # Errors
/// SQLSTATE 42P01 in a database that was never migrated; what the database reports.
pub async fn schema_version(db: &impl Db) -> Result<i32, DbError> {
    one(db, &SCHEMA_VERSION, &[]).await
}
