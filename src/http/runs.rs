//! /v1/shops/{shop_id}/runs and /v1/runs/{run_id}

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use compact::json;
use serde_json::Value;
use store::runs;
use sync_core::RunAction;
use sync_flow::{actions::run_actions, object_client::ShopObject, run_view::RunView};
use worker::Request;

/// GET /v1/shops/{shop_id}/runs, newest first.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    let runs = runs::list(&db, shop_id.0, cursor, limit).await?;
    let known = store::shops::summary(&db, shop_id.0);
    if runs.is_empty() && known.await?.is_none() {
        return Err(Problem::unknown_shop(shop_id));
    }
    Ok(Answer::page(&runs, limit, |run| run.generation))
}

/// GET /v1/runs/{run_id}, including chunks: from the shop's object while it holds the run, else from Postgres.
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let id = request::run_id(&context.parameter)?;
    let db = context.db().await?;
    let row = runs::get(&db, id.shop.0, id.generation.0).await?;
    let Some(row) = row else { return Err(Problem::not_found(format!("there is no run {id}"))) };
    let live = ShopObject::new(&context.host, id.shop).view().await.map_err(Problem::unavailable)?;
    if let Some(mut live) = live.filter(|live| live.generation == id.generation) {
        let chunks = std::mem::take(&mut live.chunks);
        return Ok(Answer::ok(
            json!({ "id": id.to_string(), "run": row, "live": without_chunks(&live), "chunks": chunks }),
        ));
    }
    let chunks = runs::chunks(&db, id.shop.0, id.generation.0).await?;
    Ok(Answer::ok(json!({ "id": id.to_string(), "run": row, "live": null, "chunks": chunks })))
}

/// POST /v1/runs/{run_id}/cancel, pause, resume, retry
pub async fn act(context: &Context<'_>, request: &mut Request, action: RunAction) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let id = request::run_id(&context.parameter)?;
    let by = context.actor();
    if action == RunAction::Retry {
        let accepted = run_actions::retry(&context.host, id, by).await?;
        return Ok(Answer::accepted(shops::handle(&accepted)));
    }
    let before = run_actions::request(&context.host, id, action, by).await?;
    Ok(Answer::ok(json!({ "id": id.to_string(), "done": action, "state_before": before })))
}

fn without_chunks(live: &RunView) -> Value {
    let mut live = json!(live);
    if let Some(fields) = live.as_object_mut() {
        fields.remove("chunks");
    }
    live
}
