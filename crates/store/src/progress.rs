//! Progress that a caller keeps by hand: opened by `init_ads_sync_progress`, reported chunk by chunk.

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

/// The generation of the shop's progress that is kept by hand, if it is open.
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

/// Reports a chunk as done. Saying it twice changes nothing.
///
/// # Errors
/// The progress is not open, the index is out of range, or what else the database reports.
pub async fn chunk_done(db: &impl Db, shop_id: i64, chunk_index: i32, synced: i32) -> Result<bool, DbError> {
    one(db, &CHUNK_DONE, &[Param::I64(shop_id), Param::I32(chunk_index), Param::I32(synced)]).await
}
