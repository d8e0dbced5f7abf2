//! GET /v1/drift: the drift in Shopee's answers, newest first.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use worker::Request;

/// Lists the drift.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    let known = store::drift::list(&db, cursor, limit).await?;
    Answer::page(known, limit, |drift| drift.id)
}
