//! One attempt at a chunk: fetch, write in one statement, tell what came of it.

use super::{
    Invocation,
    access::{self, ShopClient},
    campaigns, performance,
};
use crate::{
    calls::{Calls, Purpose},
    command::TokenReply,
    host::{Host, Level, Point},
    object::TOKEN_MARGIN_MS,
    shops::ShopObject,
};
use serde_json::json;
use shopee::{ApiError, ErrorClass, Secret, ShopAccess};
use store::{DbError, Fence, Written, shops::ShopRow};
use sync_core::{
    AttemptFailure, AttemptOutcome, ChunkResult, Hold, QUARANTINED_NAMED_MAX, Quarantined, ShopId, Stage,
    TOKEN_RENEWALS_MAX, Work,
};

/// Why an attempt came to nothing.
pub enum Trouble {
    /// Shopee refused or failed.
    Api(ApiError),
    /// Postgres failed; the statement may have been executed.
    Db(DbError),
    /// Nothing can be called as things are.
    Refused(AttemptFailure),
    /// No permit is to be had soon.
    Deferred(Hold),
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

impl From<AttemptFailure> for Trouble {
    fn from(failure: AttemptFailure) -> Self {
        Self::Refused(failure)
    }
}

/// What an attempt that succeeded came to.
pub struct Synced {
    /// The counts.
    pub result: ChunkResult,
    /// Of a chunk of settings: the campaigns whose performance is to be fetched. None: all of them.
    pub spenders: Option<Vec<i64>>,
}

impl From<ChunkResult> for Synced {
    fn from(result: ChunkResult) -> Self {
        Self { result, spenders: None }
    }
}

/// Makes the attempt. Never fails: what went wrong is part of the outcome.
pub async fn chunk<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow, work: &Work) -> AttemptOutcome {
    let host = invocation.host;
    let (app, rate_limits) = match access::app(&invocation.config, shop) {
        Ok(app) => app,
        Err(failure) => return AttemptOutcome::Failed { failure },
    };
    let calls = Calls::new(host, Purpose::chunk(ShopId(shop.shop_id), rate_limits, work, host.now_ms()));
    let client = access::client(host, &invocation.config, app, &calls);
    let result = attempt(invocation, shop, work, &client, &calls).await;
    let duration_ms = u64::try_from(calls.worked_ms()).unwrap_or(0);
    let (made, deferred) = (calls.made(), calls.deferred());
    let failed = |failure: AttemptFailure| AttemptOutcome::Failed {
        failure: AttemptFailure { calls: made, ..failure },
    };
    let outcome = match result {
        Ok(Synced { result, spenders }) => {
            AttemptOutcome::Done { result: ChunkResult { calls: made, duration_ms, ..result }, spenders }
        }
        Err(Trouble::Fenced) => AttemptOutcome::Fenced,
        Err(Trouble::Deferred(hold)) => AttemptOutcome::Deferred { hold, calls: made },
        Err(Trouble::Api(_)) if let Some(hold) = deferred => AttemptOutcome::Deferred { hold, calls: made },
        Err(Trouble::Api(error)) => {
            let fields = json!({ "shop": shop.shop_id, "code": error.code, "detail": error.detail });
            host.log(Level::Warn, "shopee_error", fields);
            failed(access::failure(&error, made))
        }
        Err(Trouble::Db(error)) => failed(access::refused(ErrorClass::Retry, error.to_string())),
        Err(Trouble::Refused(failure)) => failed(failure),
    };
    report(host, shop, work, &outcome, made, duration_ms);
    outcome
}

/// Fetches and writes; with a new token once, if the platform refuses the present one, and with the day before too, if it
/// refuses windows of one day.
async fn attempt<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    work: &Work,
    client: &ShopClient<'_, '_, H>,
    calls: &Calls<'_, H>,
) -> Result<Synced, Trouble> {
    let (host, db) = (invocation.host, &invocation.db);
    let mut token = current_token(invocation, shop).await?;
    let mut renewals = 0_u32;
    let mut from = work.window.daily_from;
    loop {
        let result = match work.key.stage {
            Stage::Campaigns => campaigns::sync(host, db, client, &token, work).await,
            Stage::Performance => {
                performance::sync_campaigns(host, db, client, &token, work, from).await.map(Synced::from)
            }
            Stage::ShopTotals => {
                performance::sync_shop(host, db, client, &token, work, from).await.map(Synced::from)
            }
        };
        match result {
            Err(Trouble::Api(error))
                if error.class == ErrorClass::RefreshToken && renewals < TOKEN_RENEWALS_MAX =>
            {
                token = renewed_token(invocation, shop, Some((&token.access_token, calls))).await?;
                renewals = renewals.saturating_add(1);
            }
            Err(Trouble::Api(error))
                if error.code.ends_with(SAME_DATES)
                    && from == work.window.daily_to
                    && let Some(before) = from.pred_opt() =>
            {
                from = before;
            }
            other => return other,
        }
    }
}

/// How a window of one day is refused (Shopee: the performance endpoints document it; live ones were seen to take it).
const SAME_DATES: &str = "error_same_start_end_dates";

/// The stored token, or a new one if it is about to end or is missing.
///
/// # Errors
/// There is none to be had now.
pub async fn current_token<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
) -> Result<ShopAccess, Trouble> {
    let margin_ms = invocation.host.now_ms().saturating_add(TOKEN_MARGIN_MS);
    let lasting = shop.token_expires_at_ms.is_none_or(|at| at > margin_ms);
    match access::token(&invocation.config, shop) {
        Ok(token) if lasting || shop.refresh_token.is_none() => Ok(token),
        Err(failure) if !access::is_renewable(shop, &failure) => Err(failure.into()),
        Ok(_) | Err(_) => renewed_token(invocation, shop, None).await,
    }
}

/// A token from the shop's custody, other than the one that was refused to the last of these calls.
///
/// # Errors
/// There is none to be had now.
pub async fn renewed_token<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    refused: Option<(&Secret, &Calls<'_, H>)>,
) -> Result<ShopAccess, Trouble> {
    let object = ShopObject::new(invocation.host, ShopId(shop.shop_id));
    let mut patience = REFRESH_WAITS_MAX;
    loop {
        let slot_ms = refused.and_then(|(_, calls)| calls.slot_ms());
        let reply = object.token(refused.map(|(token, _)| access::fingerprint(token)), slot_ms).await;
        match reply.map_err(|error| access::refused(ErrorClass::Retry, error))? {
            TokenReply::Token { access_token } => {
                return Ok(ShopAccess { shop_id: shop.shop_id, access_token: Secret::new(access_token) });
            }
            TokenReply::Wait { hold } => {
                let wait_ms = hold.until_ms - invocation.host.now_ms();
                if patience == 0 || wait_ms > REFRESH_WAIT_MS_MAX {
                    return Err(Trouble::Deferred(hold));
                }
                patience -= 1;
                invocation.host.sleep_ms(wait_ms.max(1)).await;
            }
            TokenReply::Failed { failure } => return Err(failure.into()),
        }
    }
}

/// Times that a consumer waits for a refresh that another one has set going.
const REFRESH_WAITS_MAX: u32 = 8;
/// Longest of these waits, in milliseconds.
const REFRESH_WAIT_MS_MAX: i64 = 1_000;

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

/// What was written by all statements of a chunk, or that the fence stopped one.
pub fn fenced(parts: impl IntoIterator<Item = Written>) -> Result<Written, Trouble> {
    let mut sum = Written { fenced: true, written: 0, unchanged: 0 };
    for part in parts {
        sum.fenced &= part.fenced;
        sum.written += part.written;
        sum.unchanged += part.unchanged;
    }
    if sum.fenced { Ok(sum) } else { Err(Trouble::Fenced) }
}

/// The first few of the quarantined ids.
pub fn named(mut ids: Vec<Quarantined>) -> Vec<Quarantined> {
    ids.truncate(QUARANTINED_NAMED_MAX);
    ids
}

fn report(
    host: &impl Host,
    shop: &ShopRow,
    work: &Work,
    outcome: &AttemptOutcome,
    calls: u32,
    duration_ms: u64,
) {
    let (name, rows_written, level, failure) = match outcome {
        AttemptOutcome::Done { result, .. } => {
            let level = if result.partial { Level::Warn } else { Level::Info };
            ("done", result.rows_written, level, None)
        }
        AttemptOutcome::Failed { failure } => ("failed", 0, Level::Warn, Some(failure)),
        AttemptOutcome::Deferred { .. } => ("deferred", 0, Level::Info, None),
        AttemptOutcome::Fenced => ("fenced", 0, Level::Info, None),
    };
    let fields = json!({
        "shop": shop.shop_id, "generation": work.generation, "stage": work.key.stage, "chunk": work.key.index,
        "attempt": work.attempt, "outcome": name, "ids": work.ids.len(), "calls": calls,
        "duration_ms": duration_ms, "rows_written": rows_written, "failure": failure,
        "partial": matches!(outcome, AttemptOutcome::Done { result, .. } if result.partial),
        "memory_bytes": host.memory_bytes(),
    });
    host.log(level, "chunk", fields);
    let figures = [duration_ms as f64, f64::from(calls), work.ids.len() as f64, rows_written as f64];
    let [duration, calls, ids, rows] = figures;
    host.point(&Point {
        shop_id: shop.shop_id,
        what: "chunk",
        name: work.key.stage.as_str(),
        outcome: name,
        figures: [duration, calls, ids, rows, f64::from(work.attempt)],
    });
}
