//! Closing the books on a run that was given up.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, one},
};

const CANCEL: Statement = Statement {
    name: "runs.cancel",
    sql: "-- runs.cancel
        WITH run AS (
          UPDATE apishopee_ads_sync_runs SET status = 'cancelled', error_message = $3, ended_at = now()
          WHERE shop_id = $1 AND generation = $2 AND status = 'running'
        ), rows AS (
          UPDATE apishopee_ads_sync_queue
          SET status = 'failed', error_message = $3, completed_at = now(), claimed_until = NULL
          WHERE shop_id = $1 AND generation = $2 AND status IN ('pending', 'processing')
        ), status AS (
          UPDATE apishopee_ads_sync_status SET is_syncing = false, updated_at = now()
          WHERE shop_id = $1 AND generation = $2
        )
        SELECT 'true'",
};

/// Records that a run was cancelled: its jobs and unfinished chunks fail with `reason`. The progress row is left
/// as it is, since it is no longer the run's.
///
/// # Errors
/// What the database reports.
pub async fn cancel(db: &impl Db, shop_id: i64, generation: i64, reason: &str) -> Result<(), DbError> {
    let values = [Param::I64(shop_id), Param::I64(generation), Param::Text(&clean(reason))];
    one::<bool>(db, &CANCEL, &values).await.map(|_| ())
}
