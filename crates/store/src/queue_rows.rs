//! Rows of `apishopee_ads_sync_queue` as operators see them, without those of chunks.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, is_uuid, many},
};
use api::queue::QueueRow;
use serde::Deserialize;

/// Which rows to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this shop.
    pub shop_id: Option<i64>,
    /// With this status.
    pub status: Option<String>,
    /// Of this kind of sync.
    pub kind: Option<String>,
}

macro_rules! row_json {
    () => {
        "jsonb_build_object('id', q.id, 'shop_id', coalesce(q.shop_id, 0), 'kind', coalesce(q.sync_type, ''), \
         'params', coalesce(q.sync_params, '{}'), 'priority', coalesce(q.priority, 0), 'chunk_size', q.chunk_size, \
         'status', q.status, 'retry_count', coalesce(q.retry_count, 0), 'trigger', coalesce(q.trigger, 'sql'), \
         'generation', q.generation, 'error_message', q.error_message, 'created_at_ms', \
         coalesce(ads_unix_ms(q.created_at), 0), 'scheduled_at_ms', ads_unix_ms(q.scheduled_at), \
         'started_at_ms', ads_unix_ms(q.started_at), 'completed_at_ms', ads_unix_ms(q.completed_at))"
    };
}

const LIST: Statement = Statement {
    name: "queue_rows.list",
    sql: concat!(
        "-- queue_rows.list
        SELECT ",
        row_json!(),
        "::text FROM (
          SELECT * FROM apishopee_ads_sync_queue
          WHERE is_chunk IS NOT TRUE AND ($1 IS NULL OR shop_id = $1) AND ($2 IS NULL OR status = $2)
            AND ($3 IS NULL OR sync_type = $3) AND coalesce(ads_unix_ms(created_at), 0) < coalesce($4, 9223372036854775807)
          ORDER BY coalesce(ads_unix_ms(created_at), 0) DESC FETCH FIRST ($5) ROWS WITH TIES
        ) q ORDER BY q.created_at DESC NULLS LAST, q.id"
    ),
};

/// Jobs, the newest first: about `limit` of them, made before `before_ms` if given. More are returned if several share the
/// last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<QueueRow>, DbError> {
    let values = [
        Param::OptI64(filter.shop_id),
        Param::OptText(filter.status.as_deref()),
        Param::OptText(filter.kind.as_deref()),
        Param::OptI64(before_ms),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}

const CANCEL: Statement = Statement {
    name: "queue_rows.cancel",
    sql: concat!(
        "-- queue_rows.cancel
        WITH q AS (
          SELECT * FROM apishopee_ads_sync_queue WHERE id = $1::uuid AND is_chunk IS NOT TRUE FOR UPDATE
        ), cancelled AS (
          UPDATE apishopee_ads_sync_queue old
          SET status = 'failed', completed_at = now(), claimed_until = NULL, error_message = 'cancelled by ' || $2
          FROM q WHERE old.id = q.id AND q.status = 'pending'
          RETURNING old.id
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject, before, after)
          SELECT $2, 'queue.cancel', q.shop_id, q.id::text, jsonb_build_object('status', q.status),
            jsonb_build_object('status', 'failed')
          FROM q JOIN cancelled USING (id)
        )
        SELECT jsonb_build_object('row', ",
        row_json!(),
        ", 'cancelled', EXISTS (SELECT FROM cancelled))::text FROM q"
    ),
};

/// What became of a request to cancel a job.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Cancelled {
    /// The job as it was before.
    pub row: QueueRow,
    /// Whether it was waiting, and is cancelled.
    pub cancelled: bool,
}

/// Cancels a job that waits, with an entry in the audit log. One that is in work or has ended stays as it is; `None` if there is
/// no such job.
///
/// # Errors
/// What the database reports.
pub async fn cancel(db: &impl Db, id: &str, by: &str) -> Result<Option<Cancelled>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &CANCEL, &[Param::Text(id), Param::Text(&clean(by))]).await
}
