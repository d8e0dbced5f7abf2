//! The budget scheduler's work: which shops are due, who holds one, what is known of its campaigns.

mod hold;
mod load;
mod record;

pub use hold::{Due, claim, due, release};
pub use load::{CampaignBudget, Loaded, StateRow, load};
pub use record::{Entry, Go, LogLine, arm, record};

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
