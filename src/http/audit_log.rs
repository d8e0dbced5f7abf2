//! GET /v1/audit-log: who did what, the newest first; of one shop with `shop_id`.

use super::{Answer, Context, body, problem::Problem};
use crate::adapter;
use serde_json::json;
use worker::Request;

/// Lists entries.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = body::page(request)?;
    let shop_id = body::query(request, "shop_id")?.map(|text| body::shop_id(&text)).transpose()?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let entries = store::audit::list(&db, shop_id.map(|shop| shop.0), cursor, limit).await;
    let entries = entries.map_err(Problem::unavailable)?;
    let next = body::next(&entries, limit, |entry| entry.at_ms);
    Ok(Answer::ok(json!({ "items": entries, "next_cursor": next })))
}
