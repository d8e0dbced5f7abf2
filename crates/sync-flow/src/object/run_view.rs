//! The run as the HTTP interface shows it.

use serde_json::{Value, json};
use sync_core::{Chunk, ChunkState, End, Receipt, Shop, Stage};

/// The shop's run, or null.
pub(super) fn view(shop: &mut Shop, now_ms: i64) -> Value {
    let Some(run) = &shop.run else { return Value::Null };
    let header = &run.header;
    let spenders: Vec<i64> = run.spenders().collect();
    let first_campaign = |chunk: &Chunk| match chunk.key.stage {
        Stage::Campaigns => run.plan.get(chunk.first as usize),
        Stage::Performance => spenders.get(chunk.first as usize),
        Stage::ShopTotals => None,
    };
    let chunks: Vec<Value> = run.chunks.values().map(|chunk| view_of(chunk, first_campaign(chunk))).collect();
    json!({
        "generation": header.generation,
        "kind": header.kind,
        "trigger": header.trigger,
        "retry_of": header.retry_of,
        "state": run.state(),
        "phase": header.phase,
        "mode": header.mode,
        "end": header.end.as_ref().map(end),
        "paused": header.paused,
        "wait": shop.held(now_ms),
        "active": run.is_active(),
        "closed": run.is_closed(),
        "started_ms": header.started_ms,
        "ended_ms": header.ended_ms,
        "listing": { "pages": header.listing.pages, "last_error": header.listing.last_error },
        "receipt": Receipt::of(run),
        "chunks": chunks,
    })
}

fn end(end: &End) -> Value {
    match end {
        End::Completed => json!({ "end": "completed" }),
        End::Failed { message } => json!({ "end": "failed", "message": message }),
        End::Cancelled { reason } => json!({ "end": "cancelled", "reason": reason }),
    }
}

fn view_of(chunk: &Chunk, first_campaign: Option<&i64>) -> Value {
    let word = chunk.state.as_str();
    let state = match &chunk.state {
        ChunkState::Pending { not_before_ms } => json!({ "state": word, "not_before_ms": not_before_ms }),
        ChunkState::Queued { until_ms } | ChunkState::Leased { until_ms } => {
            json!({ "state": word, "until_ms": until_ms })
        }
        ChunkState::Done { result } => json!({ "state": word, "result": result }),
        ChunkState::Failed { class, message } => json!({ "state": word, "class": class, "message": message }),
    };
    json!({
        "key": chunk.key, "first_campaign": first_campaign, "size": chunk.size, "state": state,
        "attempt": chunk.attempt, "failures": chunk.failures, "failed_calls": chunk.failed_calls, "carried": chunk.carried,
        "last_error": chunk.last_error,
    })
}
