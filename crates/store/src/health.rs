//! Whether the database answers, and which schema it has.

use crate::{Db, DbError, Statement, decode::one};

const PING: Statement = Statement {
    name: "health.ping",
    sql: "-- health.ping
        SELECT 'true'",
};

/// Succeeds if the database answers.
///
/// # Errors
/// What the database or the way to it reports.
pub async fn ping(db: &impl Db) -> Result<(), DbError> {
    one::<bool>(db, &PING, &[]).await.map(|_| ())
}

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
