//! GET /v1/audit-log: who did what, newest first; for one shop with `shop_id`.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use worker::Request;

/// Lists entries.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let shop_id = request::query(request, "shop_id")?.map(|text| request::shop_id(&text)).transpose()?;
    let db = context.db().await?;
    let entries = store::audit::list(&db, shop_id.map(|shop| shop.0), cursor, limit).await?;
    Answer::page(entries, limit, |entry| entry.at_ms)
}
