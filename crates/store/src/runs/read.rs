//! Reading runs and their chunks.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, many},
};
use api::run::{Run, StoredChunk};

macro_rules! run_json {
    () => {
        "(to_jsonb(r) || jsonb_build_object('started_at_ms', ads_unix_ms(r.started_at), \
         'ended_at_ms', ads_unix_ms(r.ended_at)))::text"
    };
}

const LIST: Statement = Statement {
    name: "runs.list",
    sql: concat!(
        "-- runs.list
        SELECT ",
        run_json!(),
        " FROM apishopee_ads_sync_runs r
        WHERE r.shop_id = $1 AND r.generation < coalesce($2, 9223372036854775807)
        ORDER BY r.generation DESC LIMIT $3"
    ),
};

/// Up to `limit` runs of a shop, newest first, before `before_generation` if given.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    shop_id: i64,
    before_generation: Option<i64>,
    limit: i32,
) -> Result<Vec<Run>, DbError> {
    many(db, &LIST, &[Param::I64(shop_id), Param::OptI64(before_generation), Param::I64(limit.into())]).await
}

const GET: Statement = Statement {
    name: "runs.get",
    sql: concat!(
        "-- runs.get
        SELECT ",
        run_json!(),
        " FROM apishopee_ads_sync_runs r WHERE r.shop_id = $1 AND r.generation = $2"
    ),
};

/// One run; `None` if it is unknown.
///
/// # Errors
/// What the database reports.
pub async fn get(db: &impl Db, shop_id: i64, generation: i64) -> Result<Option<Run>, DbError> {
    first(db, &GET, &[Param::I64(shop_id), Param::I64(generation)]).await
}

const CHUNKS: Statement = Statement {
    name: "runs.chunks",
    sql: "-- runs.chunks
        SELECT jsonb_build_object('stage', q.stage, 'chunk_index', q.chunk_index, 'chunk_size',
          coalesce(q.chunk_size, 0), 'status', q.status, 'attempt', q.attempt, 'error_message', q.error_message,
          'result', q.result)::text
        FROM apishopee_ads_sync_queue q
        WHERE q.shop_id = $1 AND q.generation = $2 AND q.is_chunk AND q.stage IS NOT NULL
          AND q.chunk_index IS NOT NULL
        ORDER BY q.stage, q.chunk_index",
};

/// The chunks of a run that have a row: those of a chunked run, until they are cleaned up.
///
/// # Errors
/// What the database reports.
pub async fn chunks(db: &impl Db, shop_id: i64, generation: i64) -> Result<Vec<StoredChunk>, DbError> {
    many(db, &CHUNKS, &[Param::I64(shop_id), Param::I64(generation)]).await
}
