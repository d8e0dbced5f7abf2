//! GET /v1/drift: what in Shopee's answers is not as documented, the newest first.

use super::{Answer, Context, body, problem::Problem};
use crate::adapter;
use serde_json::json;
use worker::Request;

/// Lists it.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = body::page(request)?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let known = store::drift::list(&db, cursor, limit).await.map_err(Problem::unavailable)?;
    let next = body::next(&known, limit, |drift| drift.id);
    Ok(Answer::ok(json!({ "items": known, "next_cursor": next })))
}
