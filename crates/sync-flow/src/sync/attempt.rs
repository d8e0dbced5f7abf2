//! One attempt at a chunk: fetch, write in one statement, report the outcome.

use super::synced::Synced;
use super::{campaigns, performance};
use crate::{
    access::{
        client::{self, ShopClient},
        token::LiveToken,
    },
    attempt_error::{self, AttemptError},
    host::{Host, Level, Point},
    invocation::Invocation,
    permitted_calls::{Calls, Purpose},
};
use serde_json::json;
use shopee::ErrorClass;
use store::shops::ShopRow;
use sync_core::{AttemptFailure, AttemptOutcome, ChunkResult, ShopId, Stage, Work};

/// Makes the attempt. It never fails: an error is part of the outcome.
pub async fn chunk<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow, work: &Work) -> AttemptOutcome {
    let host = invocation.host;
    let (app, rate_limits) = match client::app(&invocation.config, shop) {
        Ok(app) => app,
        Err(failure) => return AttemptOutcome::Failed { failure },
    };
    let calls = Calls::new(host, Purpose::chunk(ShopId(shop.shop_id), rate_limits, work, host.now_ms()));
    let client = client::client(host, &invocation.config, app, &calls);
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
        Err(AttemptError::Fenced) => AttemptOutcome::Fenced,
        Err(AttemptError::Deferred(hold)) => AttemptOutcome::Deferred { hold, calls: made },
        Err(AttemptError::Api(_)) if let Some(hold) = deferred => {
            AttemptOutcome::Deferred { hold, calls: made }
        }
        Err(AttemptError::Api(error)) => {
            let fields = json!({ "shop": shop.shop_id, "code": error.code, "detail": error.detail });
            host.log(Level::Warn, "shopee_error", fields);
            failed(attempt_error::failure(&error, made))
        }
        Err(AttemptError::Db(error)) => failed(attempt_error::refused(ErrorClass::Retry, error.to_string())),
        Err(AttemptError::Refused(failure)) => failed(failure),
    };
    report(host, shop, work, &outcome, made, duration_ms);
    outcome
}

/// Fetches and writes. If Shopee refuses the current token, it tries a new one once; if Shopee refuses windows of one
/// day, it includes the day before.
async fn attempt<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    work: &Work,
    client: &ShopClient<'_, '_, H>,
    calls: &Calls<'_, H>,
) -> Result<Synced, AttemptError> {
    let (host, db) = (invocation.host, &invocation.db);
    let mut token = LiveToken::current(invocation, shop).await?;
    let mut from = work.window.daily_from;
    loop {
        let result = match work.key.stage {
            Stage::Campaigns => campaigns::sync(host, db, client, token.access(), work).await,
            Stage::Performance => performance::sync_campaigns(host, db, client, token.access(), work, from)
                .await
                .map(Synced::from),
            Stage::ShopTotals => {
                performance::sync_shop(host, db, client, token.access(), work, from).await.map(Synced::from)
            }
        };
        match result {
            Err(AttemptError::Api(error))
                if error.code.ends_with(SAME_DATES)
                    && from == work.window.daily_to
                    && let Some(before) = from.pred_opt() =>
            {
                from = before;
            }
            Err(AttemptError::Api(error)) => {
                if !token.renew_after(&error, calls).await? {
                    return Err(error.into());
                }
            }
            other => return other,
        }
    }
}

/// Shopee's code for refusing a window of one day (Shopee: the performance endpoints document it; live ones accepted
/// such windows).
const SAME_DATES: &str = "error_same_start_end_dates";

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
