//! GET /v1/shops/{shop_id}/changes: changes of campaigns' settings, newest first; for one campaign with `campaign_id`.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use worker::Request;

/// Lists changes.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let (limit, cursor) = request::page(request)?;
    let campaign_id = request::campaign(request)?;
    let db = context.db().await?;
    let changes = store::changes::list(&db, shop_id.0, campaign_id, cursor, limit).await?;
    Answer::page(changes, limit, |change| change.id)
}
