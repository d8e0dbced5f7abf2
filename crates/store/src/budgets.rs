//! `apishopee_scheduled_ads_budget`.

use crate::{Db, DbError, Statement, decode::one};

const ACTIVE: Statement = Statement {
    name: "budgets.active_schedules",
    sql: "-- budgets.active_schedules
        SELECT count(*)::text FROM apishopee_scheduled_ads_budget WHERE is_active",
};

/// How many schedules are active.
///
/// # Errors
/// What the database reports.
pub async fn active_schedules(db: &impl Db) -> Result<i64, DbError> {
    one(db, &ACTIVE, &[]).await
}
