//! Manual operations on the progress row: updating it chunk by chunk after `init_ads_sync_progress`, and resetting it.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, one},
};

const HAND_DRIVEN: Statement = Statement {
    name: "progress.hand_driven",
    sql: "-- progress.hand_driven
        SELECT p.generation::text FROM apishopee_ads_sync_progress p
        WHERE p.shop_id = $1 AND p.run_kind = 'manual' AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance')",
};

/// The generation of the shop's manual progress, if it is open.
///
/// # Errors
/// What the database reports.
pub async fn hand_driven(db: &impl Db, shop_id: i64) -> Result<Option<i64>, DbError> {
    first(db, &HAND_DRIVEN, &[Param::I64(shop_id)]).await
}

const CHUNK_DONE: Statement = Statement {
    name: "progress.chunk_done",
    sql: "-- progress.chunk_done
        SELECT 'true' FROM (SELECT update_chunk_progress($1, $2, $3)) AS done",
};

/// Reports a chunk as done; idempotent.
///
/// # Errors
/// The progress is not open, the index is out of range, or what the database reports.
pub async fn chunk_done(db: &impl Db, shop_id: i64, chunk_index: i32, synced: i32) -> Result<bool, DbError> {
    one(db, &CHUNK_DONE, &[Param::I64(shop_id), Param::I32(chunk_index), Param::I32(synced)]).await
}

const IS_RESET: Statement = Statement {
    name: "progress.is_reset",
    sql: "-- progress.is_reset
        SELECT to_jsonb(
          NOT EXISTS (SELECT FROM apishopee_ads_sync_progress p WHERE p.shop_id = $1 AND p.sync_stage <> 'idle')
          AND NOT EXISTS (SELECT FROM apishopee_ads_sync_queue q WHERE q.shop_id = $1 AND q.status = 'pending'))::text",
};

/// Whether [`reset`] would have nothing to do.
///
/// # Errors
/// What the database reports.
pub async fn is_reset(db: &impl Db, shop_id: i64) -> Result<bool, DbError> {
    one(db, &IS_RESET, &[Param::I64(shop_id)]).await
}

const RESET: Statement = Statement {
    name: "progress.reset",
    sql: "-- progress.reset
        WITH progress AS (
          UPDATE apishopee_ads_sync_progress
          SET sync_stage = 'idle', is_complete = false, waiting_reason = NULL, waiting_until = NULL, updated_at = now()
          WHERE shop_id = $1
          RETURNING 1
        ), known AS (
          -- Lock rows in the same order as a projection: first the progress row, if there is one.
          SELECT count(*) > 0 AS row FROM progress
        ), pending AS (
          DELETE FROM apishopee_ads_sync_queue q USING known WHERE q.shop_id = $1 AND q.status = 'pending'
        )
        SELECT to_jsonb(known.row)::text FROM known",
};

/// Stops a shop as operators do by hand: its progress row becomes idle, its pending jobs and chunks are deleted.
/// An active run writes nothing afterwards, and ends its record when it notices. True: there was a progress row.
///
/// # Errors
/// What the database reports.
pub async fn reset(db: &impl Db, shop_id: i64) -> Result<bool, DbError> {
    one(db, &RESET, &[Param::I64(shop_id)]).await
}
