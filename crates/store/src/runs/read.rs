//! Reading runs and their chunks.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, many, one},
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

/// Which runs to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this shop.
    pub shop_id: Option<i64>,
    /// With this status.
    pub status: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Begun not before this time, unix milliseconds.
    pub from_ms: Option<i64>,
    /// Begun before this time, unix milliseconds.
    pub to_ms: Option<i64>,
}

const LIST_ALL: Statement = Statement {
    name: "runs.list_all",
    sql: concat!(
        "-- runs.list_all
        -- $1 shop, $2 status, $3 kind, $4 from, $5 before, $6 maximum number of rows
        SELECT ",
        run_json!(),
        " FROM (
          SELECT * FROM apishopee_ads_sync_runs
          WHERE ($1 IS NULL OR shop_id = $1) AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR kind = $3)
            AND ads_unix_ms(started_at) >= coalesce($4, -9223372036854775808)
            AND ads_unix_ms(started_at) < coalesce($5, 9223372036854775807)
          ORDER BY ads_unix_ms(started_at) DESC FETCH FIRST ($6) ROWS WITH TIES
        ) r ORDER BY r.started_at DESC, r.shop_id, r.generation DESC"
    ),
};

/// Runs of all shops, the newest first: about `limit` of them, begun before `before_ms` if given. More are returned if
/// several share the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list_all(
    db: &impl Db,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<Run>, DbError> {
    let before = [filter.to_ms, before_ms].into_iter().flatten().min();
    let values = [
        Param::OptI64(filter.shop_id),
        Param::OptText(filter.status.as_deref()),
        Param::OptText(filter.kind.as_deref()),
        Param::OptI64(filter.from_ms),
        Param::OptI64(before),
        Param::I64(limit.into()),
    ];
    many(db, &LIST_ALL, &values).await
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

const KNOWN: Statement = Statement {
    name: "runs.known",
    sql: "-- runs.known
        SELECT to_jsonb(EXISTS (
          SELECT FROM apishopee_ads_sync_runs r WHERE r.shop_id = $1 AND r.generation = $2))::text",
};

/// Whether a run was begun. A progress that somebody drives by hand has no run, whatever its number is.
///
/// # Errors
/// What the database reports.
pub async fn is_known(db: &impl Db, shop_id: i64, generation: i64) -> Result<bool, DbError> {
    one(db, &KNOWN, &[Param::I64(shop_id), Param::I64(generation)]).await
}
