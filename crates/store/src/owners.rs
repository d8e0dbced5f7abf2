//! To which shop a row belongs.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, is_uuid},
};

/// A kind of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// A row of the queue.
    QueueRow,
    /// An alert.
    Alert,
    /// A budget schedule.
    Schedule,
}

const OWNER: Statement = Statement {
    name: "owners.shop_of",
    sql: "-- owners.shop_of
        SELECT to_jsonb(owner.shop_id)::text
        FROM (
          SELECT shop_id FROM apishopee_ads_sync_queue WHERE $1 = 'queue_row' AND id = $2::uuid
          UNION ALL SELECT shop_id FROM apishopee_ads_alerts WHERE $1 = 'alert' AND id = $2::uuid
          UNION ALL SELECT shop_id FROM apishopee_scheduled_ads_budget WHERE $1 = 'schedule' AND id = $2::uuid
        ) owner WHERE owner.shop_id IS NOT NULL",
};

/// The shop of a row; `None` if there is no such row, or it is the deployment's.
///
/// # Errors
/// What the database reports.
pub async fn shop_of(db: &impl Db, kind: Owned, id: &str) -> Result<Option<i64>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    let kind = match kind {
        Owned::QueueRow => "queue_row",
        Owned::Alert => "alert",
        Owned::Schedule => "schedule",
    };
    first(db, &OWNER, &[Param::Text(kind), Param::Text(id)]).await
}
