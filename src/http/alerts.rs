//! GET /v1/alerts: what needs an operator's eye, the newest first. `open=false` shows those that are over too.

use super::{Answer, Context, body, problem::Problem};
use crate::adapter;
use serde_json::json;
use worker::Request;

/// Lists alerts.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = body::page(request)?;
    let open_only = body::flag(request, "open")?.unwrap_or(true);
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let alerts = store::alerts::list(&db, open_only, cursor, limit).await.map_err(Problem::unavailable)?;
    let next = body::next(&alerts, limit, |alert| alert.first_seen_at_ms);
    Ok(Answer::ok(json!({ "items": alerts, "next_cursor": next })))
}
