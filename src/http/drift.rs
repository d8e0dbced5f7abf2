//! GET /v1/drift: what in Shopee's answers is not as documented, the newest first.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use worker::Request;

/// Lists it.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    let known = store::drift::list(&db, cursor, limit).await?;
    Ok(Answer::page(&known, limit, |drift| drift.id))
}
