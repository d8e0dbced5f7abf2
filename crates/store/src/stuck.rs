//! Runs without progress.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, many, one},
};
use serde::{Deserialize, Serialize};

/// A run that has shown no progress for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// The shop.
    pub shop_id: i64,
    /// The run.
    pub generation: i64,
    /// How often a sweep has found it since its last progress, including this time unless it is waiting.
    pub redrive_count: i32,
    /// According to Postgres it is waiting for a known time, so a lack of progress is no fault.
    pub waits: bool,
    /// Its kind; `manual` if it is driven by hand, `None` if it is older than this program.
    pub run_kind: Option<String>,
}

const CANDIDATES: Statement = Statement {
    name: "stuck.candidates",
    sql: "-- stuck.candidates
        WITH silent AS (
          SELECT p.shop_id, p.waiting_until IS NOT NULL AND p.waiting_until > now() AS waits, p.updated_at,
            coalesce(p.last_chunk_at, p.started_at, p.updated_at, '-infinity') AS since
          FROM apishopee_ads_sync_progress p
          WHERE p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
        ), found AS (
          SELECT p.shop_id, s.waits
          FROM apishopee_ads_sync_progress p JOIN silent s USING (shop_id)
          WHERE s.since < now() - make_interval(mins => $1)
            AND (NOT s.waits OR s.updated_at IS NULL OR s.updated_at < now() - make_interval(mins => $1))
          ORDER BY s.waits, CASE WHEN s.waits THEN s.updated_at ELSE s.since END NULLS FIRST, p.shop_id
          LIMIT $2 FOR UPDATE OF p SKIP LOCKED
        ), counted AS (
          UPDATE apishopee_ads_sync_progress p
          SET redrive_count = p.redrive_count + (NOT found.waits)::int, updated_at = now()
          FROM found WHERE p.shop_id = found.shop_id
          RETURNING p.shop_id, p.generation, p.redrive_count, p.run_kind, found.waits
        )
        SELECT to_jsonb(counted)::text FROM counted ORDER BY shop_id",
};

/// Up to `limit` runs without progress for `minutes`; each call adds to their count. Those waiting for a known time come last,
/// are not counted, and come again only after `minutes`: the wait that Postgres shows may be over.
///
/// # Errors
/// What the database reports.
pub async fn candidates(db: &impl Db, minutes: i32, limit: i32) -> Result<Vec<Stuck>, DbError> {
    many(db, &CANDIDATES, &[Param::I32(minutes), Param::I64(limit.into())]).await
}

/// A run still recorded as running although the shop's progress row is no longer its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// The shop.
    pub shop_id: i64,
    /// The run.
    pub generation: i64,
}

const ORPHANS: Statement = Statement {
    name: "stuck.orphans",
    sql: "-- stuck.orphans
        SELECT jsonb_build_object('shop_id', r.shop_id, 'generation', r.generation)::text
        FROM apishopee_ads_sync_runs r
        WHERE r.status = 'running' AND r.started_at < now() - make_interval(mins => $1)
          AND NOT EXISTS (
            SELECT FROM apishopee_ads_sync_progress p
            WHERE p.shop_id = r.shop_id AND p.generation = r.generation
              AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance'))
        ORDER BY r.started_at, r.shop_id, r.generation
        LIMIT $2",
};

/// Up to `limit` runs, oldest first, that are still recorded as running, began over `minutes` ago and have lost the
/// shop's progress row: reset, rolled back or superseded without being noticed. `runs::cancel` ends their record.
///
/// # Errors
/// What the database reports.
pub async fn orphans(db: &impl Db, minutes: i32, limit: i32) -> Result<Vec<Orphan>, DbError> {
    many(db, &ORPHANS, &[Param::I32(minutes), Param::I64(limit.into())]).await
}

const GIVE_UP: Statement = Statement { name: "stuck.give_up", sql: include_str!("sql/stuck_give_up.sql") };

/// Ends a run as failed, with its jobs and chunks. True if the run still owned the progress row. Nothing of the run is
/// written afterwards, unless its object still exists and projects it again: notify the object first.
///
/// # Errors
/// What the database reports.
pub async fn give_up(db: &impl Db, shop_id: i64, generation: i64, reason: &str) -> Result<bool, DbError> {
    one(db, &GIVE_UP, &[Param::I64(shop_id), Param::I64(generation), Param::Text(&clean(reason))]).await
}
