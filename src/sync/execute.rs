//! One attempt at a chunk: fetch, write in one statement, tell what came of it.

use super::{Invocation, access, campaigns, list::failure, performance};
use crate::adapter::{log, memory_bytes, metrics, now_ms, shopee_http::FetchTransport};
use serde_json::json;
use shopee::{ApiError, ErrorClass};
use store::{DbError, Fence, Written, shops::ShopRow};
use sync_core::{ChunkResult, Failure, Outcome, QUARANTINED_NAMED_MAX, Quarantined, Stage, Work};

/// Why an attempt came to nothing.
pub enum Trouble {
    /// Shopee refused or failed.
    Api(ApiError),
    /// Postgres failed; the statement may have been executed.
    Db(DbError),
    /// Nothing can be called as things are.
    Refused(Failure),
    /// Postgres refused the write: the run is not wanted any more.
    Fenced,
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Makes the attempt. Never fails: what went wrong is part of the outcome.
pub async fn chunk(invocation: &Invocation<'_>, shop: &ShopRow, work: &Work) -> Outcome {
    let started_ms = now_ms();
    let transport = FetchTransport::default();
    let result = attempt(invocation, shop, work, &transport).await;
    let duration_ms = u64::try_from(now_ms() - started_ms).unwrap_or(0);
    let calls = transport.calls();
    let outcome = match result {
        Ok(result) => Outcome::Done { result: ChunkResult { calls, duration_ms, ..result } },
        Err(Trouble::Fenced) => Outcome::Fenced,
        Err(Trouble::Api(error)) => {
            log::warn(
                "shopee_error",
                json!({ "shop": shop.shop_id, "code": error.code, "detail": error.detail }),
            );
            Outcome::Failed { failure: failure(&error, calls) }
        }
        Err(Trouble::Db(error)) => {
            let (class, message) = (ErrorClass::Retry, error.to_string());
            Outcome::Failed { failure: Failure { class, message, retry_after_s: None, calls } }
        }
        Err(Trouble::Refused(failure)) => Outcome::Failed { failure: Failure { calls, ..failure } },
    };
    report(invocation, shop, work, &outcome, calls, duration_ms);
    outcome
}

async fn attempt(
    invocation: &Invocation<'_>,
    shop: &ShopRow,
    work: &Work,
    transport: &FetchTransport,
) -> Result<ChunkResult, Trouble> {
    let (client, token) = access::open(&invocation.platform, shop, transport).map_err(Trouble::Refused)?;
    match work.key.stage {
        Stage::Campaigns => campaigns::sync(&invocation.db, &client, &token, work).await,
        Stage::Performance => performance::sync_campaigns(&invocation.db, &client, &token, work).await,
        Stage::ShopTotals => performance::sync_shop(&invocation.db, &client, &token, work).await,
    }
}

/// The fence of an attempt's statement.
pub fn fence(work: &Work, shop_id: i64, fetched_at_ms: i64) -> Fence {
    Fence {
        shop_id,
        generation: work.generation.0,
        fetched_at_ms,
        touch: work.attempt > 1,
        stage: work.key.stage.as_str(),
        chunk_index: i32::try_from(work.key.index).unwrap_or(i32::MAX),
        finish: true,
        // The projection brings it, with what only the object knows.
        result: serde_json::Value::Null,
    }
}

/// What was written, or that the fence stopped it.
pub fn fenced(written: Written) -> Result<Written, Trouble> {
    if written.fenced { Ok(written) } else { Err(Trouble::Fenced) }
}

/// The first few of the quarantined ids.
pub fn named(mut ids: Vec<Quarantined>) -> Vec<Quarantined> {
    ids.truncate(QUARANTINED_NAMED_MAX);
    ids
}

fn report(
    invocation: &Invocation<'_>,
    shop: &ShopRow,
    work: &Work,
    outcome: &Outcome,
    calls: u32,
    duration_ms: u64,
) {
    let (name, rows_written, error) = match outcome {
        Outcome::Done { result } => ("done", result.rows_written, None),
        Outcome::Failed { failure } => ("failed", 0, Some(failure)),
        Outcome::Fenced => ("fenced", 0, None),
    };
    let fields = json!({
        "shop": shop.shop_id, "generation": work.generation, "stage": work.key.stage, "chunk": work.key.index,
        "attempt": work.attempt, "outcome": name, "ids": work.ids.len(), "calls": calls,
        "duration_ms": duration_ms, "rows_written": rows_written, "failure": error,
        "memory_bytes": memory_bytes(),
    });
    if error.is_some() {
        log::warn("chunk", fields)
    } else {
        log::info("chunk", fields)
    }
    let figures = [duration_ms as f64, f64::from(calls), work.ids.len() as f64, rows_written as f64];
    let [duration, calls, ids, rows] = figures;
    metrics::write(
        invocation.env,
        &metrics::Point {
            shop_id: shop.shop_id,
            what: "chunk",
            name: work.key.stage.as_str(),
            outcome: name,
            figures: [duration, calls, ids, rows, f64::from(work.attempt)],
        },
    );
}
