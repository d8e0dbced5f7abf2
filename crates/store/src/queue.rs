//! `apishopee_ads_sync_queue`: jobs. The rows of chunks are written with the run's progress and data.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, is_uuid, json_text, one},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A job's row. Operators write rows by hand, so nothing in it is checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The row's UUID.
    pub id: String,
    /// The shop; 0 if the row has none.
    pub shop_id: i64,
    /// What to sync, any text.
    pub sync_type: String,
    /// Parameters, any JSON; null if the row has none.
    pub sync_params: Value,
    /// Higher goes first.
    pub priority: i32,
    /// The requested chunk size.
    pub chunk_size: Option<i32>,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: String,
    /// How often the job was retried.
    pub retry_count: i32,
    /// How often it may be.
    pub max_retries: i32,
    /// When the row was created, unix milliseconds; 0 if unknown.
    pub created_at_ms: i64,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
    /// The run that serves the job, once one does.
    pub generation: Option<i64>,
    /// Why it failed, or a message about its state.
    pub error_message: Option<String>,
    /// Its result, at the end.
    pub result: Option<Value>,
}

/// A job to insert.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// A new UUID. Repeating the insert with the same one creates no second job; without one, it does.
    pub id: Option<String>,
    /// The shop.
    pub shop_id: i64,
    /// `realtime`, `backfill_day` or `backfill_full`.
    pub sync_type: String,
    /// Parameters of the sync type, and `retry_of`: the generation whose failed chunks the job repeats.
    pub sync_params: Value,
    /// Higher goes first.
    pub priority: i32,
    /// Campaigns per chunk, to override the settings.
    pub chunk_size: Option<i32>,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
}

macro_rules! job_json {
    () => {
        "jsonb_build_object('id', q.id, 'shop_id', coalesce(q.shop_id, 0), 'sync_type', coalesce(q.sync_type, ''), \
         'sync_params', q.sync_params, 'priority', coalesce(q.priority, 0), 'chunk_size', q.chunk_size, \
         'status', q.status, 'retry_count', coalesce(q.retry_count, 0), 'max_retries', coalesce(q.max_retries, 3), \
         'created_at_ms', coalesce(ads_unix_ms(q.created_at), 0), 'trigger', coalesce(q.trigger, 'sql'), \
         'generation', q.generation, 'error_message', q.error_message, 'result', q.result)"
    };
}

const CLAIM_DUE: Statement = Statement {
    name: "queue.claim_due",
    sql: concat!(
        include_str!("sql/queue_claim_due.sql"),
        "SELECT jsonb_build_object('jobs', coalesce(jsonb_agg(",
        job_json!(),
        " ORDER BY q.turn), '[]'), 'waiting', (SELECT count(*) FROM ready) - count(*))::text FROM q"
    ),
};

/// How many jobs may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room<'a> {
    /// By one call.
    pub jobs: i32,
    /// Places: how many shops of an app may run at once. Backfills get at most half of them.
    pub places: i32,
    /// Waiting reasons with which a run gives up its place: `waiting_reason` of the progress row.
    pub own_waits: &'a [&'a str],
}

/// The claimed jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// In their order in line.
    pub jobs: Vec<Job>,
    /// Due jobs that have no place yet, or wait for another job of their shop.
    pub waiting: i64,
}

/// Claims due jobs for `claim_seconds` while there is room. No other call gets them in that time. Jobs whose claim has
/// expired without a run are claimed again while they have retries left.
///
/// # Errors
/// What the database reports.
pub async fn claim_due(db: &impl Db, room: Room<'_>, claim_seconds: i32) -> Result<Claimed, DbError> {
    let own_waits = json_text(&room.own_waits)?;
    let values = [
        Param::I64(room.jobs.into()),
        Param::F64(claim_seconds.into()),
        Param::I64(room.places.into()),
        Param::Text(&own_waits),
    ];
    one(db, &CLAIM_DUE, &values).await
}

const INSERT_CLAIMED: Statement = Statement {
    name: "queue.insert_claimed",
    sql: concat!(
        "-- queue.insert_claimed
        WITH q AS (
          INSERT INTO apishopee_ads_sync_queue AS old (id, shop_id, sync_type, sync_params, priority, chunk_size,
            trigger, status, scheduled_at, started_at, claimed_until)
          VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4::jsonb, $5, $6::int4, $7, 'processing', now(),
            now(), now() + make_interval(secs => $8))
          ON CONFLICT (id) DO UPDATE SET shop_id = old.shop_id
          RETURNING *
        )
        SELECT ",
        job_json!(),
        "::text FROM q"
    ),
};

/// Inserts a job that its caller starts at once, claimed for `claim_seconds`. If the caller fails, the next
/// sweep finds the job.
///
/// # Errors
/// What the database reports.
pub async fn insert_claimed(db: &impl Db, job: &NewJob, claim_seconds: i32) -> Result<Job, DbError> {
    let params = json_text(&job.sync_params)?;
    let values = [
        Param::OptText(job.id.as_deref()),
        Param::I64(job.shop_id),
        Param::Text(&job.sync_type),
        Param::Text(&params),
        Param::I32(job.priority),
        Param::OptI64(job.chunk_size.map(i64::from)),
        Param::Text(&job.trigger),
        Param::F64(claim_seconds.into()),
    ];
    one(db, &INSERT_CLAIMED, &values).await
}

const JOB: Statement = Statement {
    name: "queue.job",
    sql: concat!(
        "-- queue.job
        SELECT ",
        job_json!(),
        "::text FROM apishopee_ads_sync_queue q WHERE q.id = $1::uuid AND q.is_chunk IS NOT TRUE"
    ),
};

/// One job; `None` if `id` is unknown, not a UUID, or that of a chunk's row.
///
/// # Errors
/// What the database reports.
pub async fn job(db: &impl Db, id: &str) -> Result<Option<Job>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &JOB, &[Param::Text(id)]).await
}

const FAIL_JOB: Statement = Statement {
    name: "queue.fail_job",
    sql: "-- queue.fail_job
        WITH failed AS (
          UPDATE apishopee_ads_sync_queue SET status = 'failed', completed_at = now(), claimed_until = NULL,
            error_message = $2
          WHERE id = $1::uuid AND is_chunk IS NOT TRUE AND status IN ('pending', 'processing')
          RETURNING 1
        )
        SELECT to_jsonb(count(*))::text FROM failed",
};

/// Ends a job as failed, unless it has ended already.
///
/// # Errors
/// What the database reports.
pub async fn fail_job(db: &impl Db, id: &str, message: &str) -> Result<(), DbError> {
    one::<i64>(db, &FAIL_JOB, &[Param::Text(id), Param::Text(&clean(message))]).await?;
    Ok(())
}

const RELEASE_JOB: Statement = Statement {
    name: "queue.release_job",
    sql: "-- queue.release_job
        WITH released AS (
          UPDATE apishopee_ads_sync_queue SET status = 'pending', claimed_until = NULL, started_at = NULL,
            scheduled_at = now() + make_interval(secs => $2), error_message = $3
          WHERE id = $1::uuid AND is_chunk IS NOT TRUE AND status = 'processing'
          RETURNING 1
        )
        SELECT to_jsonb(count(*))::text FROM released",
};

/// Puts a claimed job back in line, due in `delay_seconds`, with the reason for operators. A job that has ended stays as
/// it is.
///
/// # Errors
/// What the database reports.
pub async fn release_job(db: &impl Db, id: &str, delay_seconds: i32, reason: &str) -> Result<(), DbError> {
    let values = [Param::Text(id), Param::F64(delay_seconds.into()), Param::Text(&clean(reason))];
    one::<i64>(db, &RELEASE_JOB, &values).await?;
    Ok(())
}

const CLAIM_JOB: Statement = Statement {
    name: "queue.claim_job",
    sql: "-- queue.claim_job
        WITH claimed AS (
          UPDATE apishopee_ads_sync_queue SET status = 'processing', started_at = now(), completed_at = NULL,
            error_message = NULL, claimed_until = now() + make_interval(secs => $2)
          WHERE id = $1::uuid AND is_chunk IS NOT TRUE AND status IN ('pending', 'processing')
          RETURNING 1
        )
        SELECT to_jsonb(count(*))::text FROM claimed",
};

/// Claims one job out of turn, even if it is claimed already. One that has ended stays as it is.
///
/// # Errors
/// What the database reports.
pub async fn claim_job(db: &impl Db, id: &str, claim_seconds: i32) -> Result<(), DbError> {
    if is_uuid(id) {
        one::<i64>(db, &CLAIM_JOB, &[Param::Text(id), Param::F64(claim_seconds.into())]).await?;
    }
    Ok(())
}

const ENQUEUE_ALL: Statement = Statement {
    name: "queue.enqueue_all",
    sql: "-- queue.enqueue_all
        SELECT enqueue_all_shops_sync($1, $2, $3)::text",
};

/// Queues a sync for every shop with a usable token that has none of this kind waiting or running; returns how many.
///
/// # Errors
/// An unknown `sync_type`; what the database reports.
pub async fn enqueue_all(
    db: &impl Db,
    sync_type: &str,
    priority: i32,
    trigger: Option<&str>,
) -> Result<i64, DbError> {
    one(db, &ENQUEUE_ALL, &[Param::Text(sync_type), Param::I32(priority), Param::OptText(trigger)]).await
}

const ENQUEUE_DUE: Statement = Statement {
    name: "queue.enqueue_due",
    sql: "-- queue.enqueue_due
        SELECT ads_enqueue_due_syncs($1)::text",
};

/// Queues a realtime sync for every due shop with a usable token that has none waiting or running, for when it was due;
/// returns how many.
///
/// # Errors
/// What the database reports.
pub async fn enqueue_due(db: &impl Db, trigger: Option<&str>) -> Result<i64, DbError> {
    one(db, &ENQUEUE_DUE, &[Param::OptText(trigger)]).await
}

const CLEANUP_STUCK: Statement = Statement {
    name: "queue.cleanup_stuck",
    sql: "-- queue.cleanup_stuck
        SELECT cleanup_stuck_ads_sync()::text",
};

/// Frees rows without activity for half an hour, except those of shops whose run is waiting for a known time; returns
/// how many.
///
/// # Errors
/// What the database reports.
pub async fn cleanup_stuck(db: &impl Db) -> Result<i64, DbError> {
    one(db, &CLEANUP_STUCK, &[]).await
}
