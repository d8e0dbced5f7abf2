//! /v1/shops/{shop_id}/runs and /v1/runs/{run_id}

use super::{Answer, body, problem::Problem};
use crate::adapter::{object::ShopObject, postgres};
use serde_json::{Value, json};
use store::{runs, shops};
use worker::{Env, Request};

/// GET /v1/shops/{shop_id}/runs, the newest first.
pub async fn list(shop_id: &str, request: &Request, env: &Env) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(shop_id)?;
    let (limit, cursor) = body::page(request)?;
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
    let runs = runs::list(&db, shop_id.0, cursor, limit).await.map_err(Problem::unavailable)?;
    if runs.is_empty() && shops::summary(&db, shop_id.0).await.map_err(Problem::unavailable)?.is_none() {
        return Err(super::shops::unknown(shop_id));
    }
    let full = i32::try_from(runs.len()).is_ok_and(|count| count == limit);
    let next = runs.last().filter(|_| full).map(|run| run.generation.to_string());
    Ok(Answer::ok(json!({ "items": runs, "next_cursor": next })))
}

/// GET /v1/runs/{run_id}, with its chunks: from the shop's object while it holds the run, else from Postgres.
pub async fn get(run_id: &str, env: &Env) -> Result<Answer, Problem> {
    let id = body::run_id(run_id)?;
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
    let row = runs::get(&db, id.shop.0, id.generation.0).await.map_err(Problem::unavailable)?;
    let Some(row) = row else { return Err(Problem::not_found(format!("there is no run {id}"))) };
    let live = ShopObject::new(env, id.shop).view().await.map_err(Problem::unavailable)?;
    if live.get("generation").and_then(Value::as_i64) == Some(id.generation.0) {
        let chunks = live.get("chunks").cloned().unwrap_or_default();
        return Ok(Answer::ok(
            json!({ "id": run_id, "run": row, "live": without_chunks(live), "chunks": chunks }),
        ));
    }
    let chunks = runs::chunks(&db, id.shop.0, id.generation.0).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(json!({ "id": run_id, "run": row, "live": null, "chunks": chunks })))
}

fn without_chunks(mut live: Value) -> Value {
    if let Some(fields) = live.as_object_mut() {
        fields.remove("chunks");
    }
    live
}
