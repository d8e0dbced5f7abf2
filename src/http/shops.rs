//! /v1/shops

use super::{Answer, body, problem::Problem};
use crate::{
    adapter::{now_ms, outbox, postgres},
    sync::{
        Invocation,
        project::CLAIM_SECONDS,
        start::{self, Started},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    queue::{self, Job, NewJob},
    shops,
};
use sync_core::{BeginReply, Kind, RunId, ShopId, StartMessage};
use worker::{Env, Request};

/// GET /v1/shops
pub async fn list(request: &Request, env: &Env) -> Result<Answer, Problem> {
    let (limit, cursor) = body::page(request)?;
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
    let shops = shops::list(&db, cursor.unwrap_or(0), limit).await.map_err(Problem::unavailable)?;
    let full = i32::try_from(shops.len()).is_ok_and(|count| count == limit);
    let next = shops.last().filter(|_| full).map(|shop| shop.shop_id);
    Ok(Answer::ok(json!({ "items": shops, "next_cursor": next.map(|id| id.to_string()) })))
}

/// GET /v1/shops/{shop_id}
pub async fn get(shop_id: &str, env: &Env) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(shop_id)?;
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
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
    /// Campaigns a chunk, for this run only.
    chunk_size: Option<i32>,
}

/// POST /v1/shops/{shop_id}/sync
pub async fn sync(shop_id: &str, request: &mut Request, env: &Env) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(shop_id)?;
    let wanted: SyncRequest = body::json(request).await?;
    let sync_type = wanted.kind.unwrap_or_else(|| "realtime".to_owned());
    let params = wanted.days_ago.map_or_else(|| json!({}), |days| json!({ "days_ago": days }));
    let new = NewJob {
        id: body::idempotency_key(request, shop_id)?,
        shop_id: shop_id.0,
        sync_type,
        sync_params: params,
        priority: wanted.priority.unwrap_or(1),
        chunk_size: wanted.chunk_size,
        trigger: "http".to_owned(),
    };
    kick(new, env).await.map(Answer::accepted)
}

/// Makes a job durable, begins its run and hands it to the consumers. Answers with the run's handle: of the new run,
/// or of the one that is active.
pub async fn kick(new: NewJob, env: &Env) -> Result<Value, Problem> {
    Kind::parse(&new.sync_type, &new.sync_params).map_err(|error| {
        let field = if error.field == "sync_type" { "kind" } else { error.field };
        Problem::field(field, error.reason)
    })?;
    let invocation = Invocation::open(env).await.map_err(Problem::unavailable)?;
    let shop_id = ShopId(new.shop_id);
    let shop = shops::load(&invocation.db, shop_id.0).await.map_err(Problem::unavailable)?;
    let shop = shop.ok_or_else(|| unknown(shop_id))?;
    start::settings(&shop, new.chunk_size).map_err(|error| Problem::field(error.field, error.to_string()))?;
    crate::sync::access::token(&shop).map_err(|reason| Problem::conflict("no_access_token", reason))?;

    let job =
        queue::insert_claimed(&invocation.db, &new, CLAIM_SECONDS).await.map_err(Problem::unavailable)?;
    if job.status != "processing" {
        return Ok(handle(shop_id, job.generation.unwrap_or(0), &job, "over"));
    }
    let asked_at_ms = now_ms();
    // From here on the row is durable: whatever fails below, its claim runs out and the next tick takes it up.
    let started = start::job_of(&invocation, Some(shop), &job, asked_at_ms).await;
    let message = StartMessage::new(shop_id, job.id.clone(), asked_at_ms);
    outbox::send_start(env, &[message], 0).await.map_err(Problem::unavailable)?;
    match started {
        Ok(Started::Active { generation, .. }) => Ok(handle(shop_id, generation.0, &job, "begun")),
        Ok(Started::Behind { reply }) => Ok(handle(shop_id, reply.generation().0, &job, standing(reply))),
        Ok(Started::Refused { field, message }) => Err(Problem::field(field, message)),
        Err(error) => Err(Problem::unavailable(error.0)),
    }
}

fn handle(shop_id: ShopId, generation: i64, job: &Job, standing: &str) -> Value {
    let id = RunId { shop: shop_id, generation: sync_core::Generation(generation) }.to_string();
    json!({
        "run": { "id": id, "shop_id": shop_id, "generation": generation, "href": format!("/v1/runs/{id}") },
        "job_id": job.id,
        "standing": standing,
    })
}

/// How the job stands to the run of the answer.
fn standing(reply: BeginReply) -> &'static str {
    match reply {
        BeginReply::Begun { .. } | BeginReply::Resumed { .. } => "begun",
        BeginReply::Joined { .. } => "joined",
        BeginReply::Busy { .. } | BeginReply::Closing { .. } => "waits_for_this_run",
        BeginReply::Verifying { .. } => "joins_this_run_or_follows_it",
        BeginReply::Over { .. } => "over",
    }
}

/// 404 for a shop.
pub fn unknown(shop_id: ShopId) -> Problem {
    Problem::not_found(format!("shop {} is unknown: it has no row in apishopee_shops", shop_id.0))
}
