//! GET /v1/audit-log: who did what, newest first.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use store::audit::{self, Filter};
use worker::Request;

/// Lists entries.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let (from_ms, to_ms) = request::moments(request)?;
    let filter = Filter {
        shop_id: request::shop(request)?.map(|shop| shop.0),
        actor: request::text(request, "actor")?,
        action: request::text(request, "action")?,
        from_ms,
        to_ms,
    };
    let db = context.db().await?;
    let entries = audit::list(&db, &filter, cursor, limit).await?;
    Answer::page(entries, limit, |entry| entry.at_ms)
}
