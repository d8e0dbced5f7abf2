//! /v1/shops

use super::{
    context::{Answer, Context},
    idempotency,
    problem::Problem,
    refusals, request,
};
use api::shop::{Accepted, Reset, RunHandle, SyncRequest};
use serde_json::Value;
use store::{Db, queue::NewJob, shops};
use sync_core::ShopId;
use sync_flow::actions::{
    run_actions,
    start_sync::{self, AcceptedJob},
};
use worker::Request;

/// GET /v1/shops
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    if let Some(own) = &context.caller.shops {
        let mut shops = Vec::new();
        for shop in own.iter().filter(|shop| shop.0 > cursor.unwrap_or(0)) {
            if i32::try_from(shops.len()).is_ok_and(|count| count < limit) {
                shops.extend(shops::summary(&db, shop.0).await?);
            }
        }
        return Answer::page(shops, limit, |shop| shop.shop_id);
    }
    let shops = shops::list(&db, cursor.unwrap_or(0), limit).await?;
    Answer::page(shops, limit, |shop| shop.shop_id)
}

/// GET /v1/shops/{shop_id}
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let db = context.db().await?;
    match shops::summary(&db, shop_id.0).await? {
        Some(shop) => Answer::ok(&shop),
        None => Err(Problem::unknown_shop(shop_id)),
    }
}

/// POST /v1/shops/{shop_id}/sync
pub async fn sync(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let body = request::bytes(request).await?;
    let wanted: SyncRequest = request::read(&body)?;
    let id = idempotency::id(request, shop_id)?;
    let sync_type = wanted.kind.unwrap_or_else(|| "realtime".to_owned());
    let given = [("days_ago", wanted.days_ago), ("days", wanted.days), ("hourly_days", wanted.hourly_days)];
    let params = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let new = NewJob {
        id,
        shop_id: shop_id.0,
        sync_type,
        sync_params: Value::Object(params),
        priority: wanted.priority.unwrap_or(1),
        chunk_size: wanted.chunk_size,
        trigger: "http".to_owned(),
    };
    let id = new.id.clone();
    let accept = async {
        start_sync::accept(&context.host, new).await.map_err(|refusal| refusals::of(shop_id, refusal))
    };
    let accepted = match id.as_deref() {
        None => accept.await?,
        id => idempotency::once(&context.db().await?, request, id, &body, accept).await?,
    };
    Ok(Answer::ok(&shown(accepted))?.accepted())
}

/// POST /v1/shops/{shop_id}/reset: resets a shop as operators do in SQL.
pub async fn reset(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let shop_id = request::shop_id(&context.parameter)?;
    run_actions::reset(&context.host, shop_id, context.actor()).await?;
    Answer::ok(&Reset { shop_id: shop_id.0, reset: true })
}

/// The accepted job, as shown to the caller.
pub fn shown(accepted: AcceptedJob) -> Accepted {
    let AcceptedJob { run, job_id, relation } = accepted;
    let id = run.to_string();
    let href = format!("/v1/runs/{id}");
    let run = RunHandle { id, shop_id: run.shop.0, generation: run.generation.0, href };
    Accepted { run, job_id, standing: relation.to_owned() }
}

/// Checks that the shop exists.
pub async fn must_exist(db: &impl Db, shop_id: ShopId) -> Result<(), Problem> {
    let found = store::budget_rules::in_force(db, shop_id.0).await?;
    found.map(drop).ok_or_else(|| Problem::unknown_shop(shop_id))
}
