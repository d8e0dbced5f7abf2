//! GET /v1/alerts: what needs an operator's attention, newest first. `open=false` includes closed alerts.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use worker::Request;

/// Lists alerts.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let open_only = request::flag(request, "open")?.unwrap_or(true);
    let db = context.db().await?;
    let alerts = store::alerts::list(&db, open_only, cursor, limit).await?;
    Answer::page(alerts, limit, |alert| alert.first_seen_at_ms)
}
