//! /v1/shops

use super::{Answer, Context, body, problem::Problem};
use crate::adapter::{self, now_ms};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Db, queue::NewJob, shops};
use sync_core::ShopId;
use sync_flow::actions::{
    run_actions,
    start_sync::{self, Kicked, Refusal},
};
use worker::Request;

/// GET /v1/shops
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = body::page(request)?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let shops = shops::list(&db, cursor.unwrap_or(0), limit).await.map_err(Problem::unavailable)?;
    let next = body::next(&shops, limit, |shop| shop.shop_id);
    Ok(Answer::ok(json!({ "items": shops, "next_cursor": next })))
}

/// GET /v1/shops/{shop_id}
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(&context.parameter)?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    match shops::summary(&db, shop_id.0).await.map_err(Problem::unavailable)? {
        Some(shop) => Ok(Answer::ok(json!(shop))),
        None => Err(unknown(shop_id)),
    }
}

/// The body of a sync request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    /// realtime (default), backfill_day, backfill_full.
    kind: Option<String>,
    /// 0 low … 3 critical; any integer is taken.
    priority: Option<i32>,
    /// For backfill_day: 0 to 180, 1 if absent.
    days_ago: Option<Value>,
    /// For backfill_full: 1 to 30; as the settings say if absent.
    days: Option<Value>,
    /// For backfill_full: 0 to 30.
    hourly_days: Option<Value>,
    /// Campaigns a chunk, for this run only.
    chunk_size: Option<i32>,
}

/// POST /v1/shops/{shop_id}/sync
pub async fn sync(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(&context.parameter)?;
    let wanted: SyncRequest = body::json(request).await?;
    let sync_type = wanted.kind.unwrap_or_else(|| "realtime".to_owned());
    let given = [("days_ago", wanted.days_ago), ("days", wanted.days), ("hourly_days", wanted.hourly_days)];
    let params = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let new = NewJob {
        id: body::idempotency_key(request, shop_id)?,
        shop_id: shop_id.0,
        sync_type,
        sync_params: Value::Object(params),
        priority: wanted.priority.unwrap_or(1),
        chunk_size: wanted.chunk_size,
        trigger: "http".to_owned(),
    };
    match start_sync::kick(&context.host, new).await {
        Ok(kicked) => Ok(Answer::accepted(handle(&kicked))),
        Err(refusal) => Err(refused(shop_id, refusal)),
    }
}

/// POST /v1/shops/{shop_id}/reset: what operators do in SQL to reset a shop.
pub async fn reset(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    body::nothing(request).await?;
    let shop_id = body::shop_id(&context.parameter)?;
    run_actions::reset(&context.host, shop_id, &context.caller.0).await?;
    Ok(Answer::ok(json!({ "shop_id": shop_id, "reset": true })))
}

/// What was taken on, for the caller.
pub fn handle(kicked: &Kicked) -> Value {
    let id = kicked.run.to_string();
    json!({
        "run": { "id": id, "shop_id": kicked.run.shop, "generation": kicked.run.generation,
                 "href": format!("/v1/runs/{id}") },
        "job_id": kicked.job_id,
        "standing": kicked.standing,
    })
}

/// Why nothing was taken on.
pub fn refused(shop_id: ShopId, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Field { field, reason } => Problem::field(field, reason),
        Refusal::UnknownShop => unknown(shop_id),
        Refusal::NoToken(reason) => Problem::conflict("no_access_token", reason),
        Refusal::Busy(reason) => Problem::conflict("busy", reason),
        Refusal::Waits(hold) => Problem::waits(hold, now_ms()),
        Refusal::Failed(reason) => Problem::upstream(reason),
        Refusal::Unavailable(cause) => Problem::unavailable(cause),
    }
}

/// 404 for a shop.
pub fn unknown(shop_id: ShopId) -> Problem {
    Problem::not_found(format!("shop {} is unknown: it has no row in apishopee_shops", shop_id.0))
}

/// 409 for a shop without a known region.
pub fn no_region(shop_id: ShopId) -> Problem {
    let detail = format!(
        "the region of shop {0} is not known, so it has no clock and no currency, and no budgets; set \
         apishopee_shops.region, or let the seller consent again (GET /oauth/shopee/start?shop_id={0})",
        shop_id.0
    );
    Problem::conflict("region_unknown", detail)
}

/// Checks that there is such a shop.
pub async fn known(db: &impl Db, shop_id: ShopId) -> Result<(), Problem> {
    let found = store::budget_rules::in_force(db, shop_id.0).await.map_err(Problem::unavailable)?;
    found.map(drop).ok_or_else(|| unknown(shop_id))
}
