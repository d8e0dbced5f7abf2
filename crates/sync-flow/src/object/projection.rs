//! Projects a run into Postgres.

use crate::error::FlowError;
use compact::json;
use store::{
    Db,
    runs::{self, Projected},
};
use sync_core::{CLAIM_SECONDS, ChunkState, Mode, Projection, ProjectionResult};

/// Writes one snapshot of a run in one statement. Repeating it is harmless.
///
/// # Errors
/// Postgres failed; the snapshot may have been written.
pub async fn write(db: &impl Db, projection: &Projection) -> Result<ProjectionResult, FlowError> {
    let (shop_id, generation) = (projection.shop_id.0, projection.generation.0);
    if let Some(reason) = &projection.cancelled {
        let receipt = serde_json::to_value(&projection.receipt).ok();
        runs::cancel(db, shop_id, generation, reason, receipt.as_ref()).await?;
        return Ok(ProjectionResult::Written);
    }
    match runs::project(db, &row(projection)).await? {
        Projected::Written => Ok(ProjectionResult::Written),
        Projected::Reset => Ok(ProjectionResult::Reset),
    }
}

fn row(projection: &Projection) -> runs::Projection {
    let receipt = serde_json::to_value(&projection.receipt).ok();
    let ended = projection.is_final();
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    runs::Projection {
        shop_id: projection.shop_id.0,
        generation: projection.generation.0,
        rev: i64::try_from(projection.rev).unwrap_or(i64::MAX),
        stage: projection.stage.as_str().to_owned(),
        mode: projection.mode.map(mode),
        total_campaigns: whole(projection.total_campaigns),
        synced_campaigns: whole(projection.synced_campaigns),
        current_chunk: whole(projection.current_chunk),
        total_chunks: whole(projection.total_chunks),
        chunks_done: whole(projection.chunks_done),
        chunks_planned: whole(projection.chunks_planned),
        failed_chunks: projection.failed_chunks.clone(),
        error_message: projection.error_message.clone(),
        units_done: whole(projection.units_done),
        units_planned: whole(projection.units_planned),
        waiting_reason: projection.wait.map(|hold| hold.reason.text().to_owned()),
        waiting_until_ms: projection.wait.map(|hold| hold.until_ms),
        jobs: projection.jobs.clone(),
        job_error: projection.error_message.clone(),
        job_result: ended.then(|| job_result(projection)),
        receipt,
        // Before the plan is frozen only runs that will be chunked have chunks.
        chunked: projection.mode != Some(Mode::Direct),
        chunk_rows: projection.chunk_rows.iter().map(chunk_row).collect(),
        claim_seconds: CLAIM_SECONDS,
    }
}

fn mode(mode: Mode) -> String {
    match mode {
        Mode::Direct => "direct".to_owned(),
        Mode::Chunked => "chunked".to_owned(),
    }
}

/// The result in the job's row when its run has ended: above all how many chunks it was split into.
fn job_result(projection: &Projection) -> serde_json::Value {
    json!({
        "run": format!("{}-{}", projection.shop_id.0, projection.generation.0),
        "mode": projection.mode,
        "chunks": projection.total_chunks,
        "campaigns": projection.total_campaigns,
    })
}

fn chunk_row(row: &sync_core::ChunkRow) -> runs::StoredChunk {
    let chunk = &row.chunk;
    let (error_message, result) = match &chunk.state {
        ChunkState::Failed { message, .. } => (Some(message.clone()), None),
        ChunkState::Done { result } => (None, serde_json::to_value(result).ok()),
        _ => (chunk.last_error.clone(), None),
    };
    runs::StoredChunk {
        stage: chunk.key.stage.as_str().to_owned(),
        chunk_index: i32::try_from(chunk.key.index).unwrap_or(i32::MAX),
        chunk_size: i32::try_from(chunk.size).unwrap_or(i32::MAX),
        status: row.status.to_owned(),
        attempt: i32::try_from(chunk.attempt).unwrap_or(i32::MAX),
        error_message,
        result,
    }
}
