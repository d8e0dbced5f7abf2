//! Writing the projection of a run.

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, json_text, one},
};
use api::run::StoredChunk;
use serde::Serialize;
use serde_json::Value;

/// A run at one revision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    /// The shop.
    pub shop_id: i64,
    /// The run.
    pub generation: i64,
    /// The revision, from 1. An older one never replaces a newer one.
    pub rev: i64,
    /// `syncing_campaigns`, `syncing_performance`, `completed` or `failed`.
    pub stage: String,
    /// `direct` or `chunked`, once planned.
    pub mode: Option<String>,
    /// Campaigns listed so far, or planned.
    pub total_campaigns: i64,
    /// Campaigns accounted for.
    pub synced_campaigns: i64,
    /// Chunks of the current stage that have ended.
    pub current_chunk: i64,
    /// Chunks per stage, so far: chunks are cut during the run.
    pub total_chunks: i64,
    /// Chunks of all stages that have ended.
    pub chunks_done: i64,
    /// Chunks of all stages, so far.
    pub chunks_planned: i64,
    /// Work units of the chunks that have ended: a unit is a campaign in a stage, or the shop's totals.
    pub units_done: i64,
    /// Work units of all stages; 0 before the plan is known, constant afterwards.
    pub units_planned: i64,
    /// Indices of failed chunks.
    pub failed_chunks: Vec<i32>,
    /// Why the run failed.
    pub error_message: Option<String>,
    /// What the run waits for.
    pub waiting_reason: Option<String>,
    /// Until when, unix milliseconds. A run that waits for a known time is not stuck.
    pub waiting_until_ms: Option<i64>,
    /// UUIDs of the jobs that the run serves.
    pub jobs: Vec<String>,
    /// The jobs' message at the end.
    pub job_error: Option<String>,
    /// The jobs' result at the end.
    pub job_result: Option<Value>,
    /// The receipt.
    pub receipt: Option<Value>,
    /// Chunks that have changed; ignored unless `chunked`.
    pub chunk_rows: Vec<StoredChunk>,
    /// How long the jobs stay claimed while the run is active.
    pub claim_seconds: i32,
    /// Every chunk has a row in the queue.
    pub chunked: bool,
}

/// The outcome of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projected {
    /// The database shows this revision or a newer one.
    Written,
    /// The progress row is gone, idle or another run's: an operator has reset the shop. Nothing was written.
    Reset,
}

const PROJECT: Statement = Statement { name: "runs.project", sql: include_str!("../sql/runs_project.sql") };

// A separate statement, which sees what a concurrent projection has written.
const SHOWN: Statement = Statement {
    name: "runs.shown",
    sql: "-- runs.shown
        SELECT to_jsonb(EXISTS (
          SELECT FROM apishopee_ads_sync_progress p
          WHERE p.shop_id = $1 AND p.generation = $2 AND p.projection_rev >= $3 AND p.sync_stage <> 'idle'))::text",
};

/// Writes the projection of a run: its progress, its jobs, its chunks and its own row, all or nothing. The progress
/// row is never inserted, so an operator who deletes it or sets it to 'idle' stops the run.
///
/// # Errors
/// What the database reports.
pub async fn project(db: &impl Db, projection: &Projection) -> Result<Projected, DbError> {
    let document = json_text(projection)?;
    if first::<bool>(db, &PROJECT, &[Param::Text(&document)]).await?.is_some() {
        return Ok(Projected::Written);
    }
    let Projection { shop_id, generation, rev, .. } = *projection;
    let values = [Param::I64(shop_id), Param::I64(generation), Param::I64(rev)];
    let shown: bool = one(db, &SHOWN, &values).await?;
    Ok(if shown { Projected::Written } else { Projected::Reset })
}
