//! /v1/shops/{shop_id}/runs and /v1/runs/{run_id}

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use crate::live_run::{shown, word};
use api::{
    filter::{KINDS, RUN_STATUSES},
    run::{Acted, RunChunk, RunDetail},
};
use store::runs;
use sync_core::RunAction;
use sync_flow::{actions::run_actions, object_client::ShopObject};
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
    Answer::page(runs, limit, |run| run.generation)
}

/// GET /v1/runs: of all shops, newest first.
pub async fn list_all(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let (from_ms, to_ms) = request::moments(request)?;
    let filter = runs::Filter {
        shop_id: request::shop(request)?.map(|shop| shop.0),
        status: request::one_of(request, "status", &RUN_STATUSES)?,
        kind: request::one_of(request, "kind", &KINDS)?,
        from_ms,
        to_ms,
    };
    let db = context.db().await?;
    let runs = runs::list_all(&db, &filter, cursor, limit).await?;
    Answer::page(runs, limit, |run| run.started_at_ms.unwrap_or_default())
}

/// GET /v1/runs/{run_id}, including chunks: from the shop's object while it holds the run, else from Postgres.
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let id = request::run_id(&context.parameter)?;
    let db = context.db().await?;
    let row = runs::get(&db, id.shop.0, id.generation.0).await?;
    let Some(row) = row else { return Err(Problem::not_found(format!("there is no run {id}"))) };
    let live = ShopObject::new(&context.host, id.shop).view().await.map_err(Problem::unavailable)?;
    let live = live.filter(|live| live.generation == id.generation);
    let (live, chunks) = match live {
        Some(view) => {
            let (live, chunks) = shown(view);
            (Some(live), chunks.into_iter().map(|chunk| RunChunk::Live(Box::new(chunk))).collect())
        }
        None => {
            let stored = runs::chunks(&db, id.shop.0, id.generation.0).await?;
            (None, stored.into_iter().map(RunChunk::Stored).collect())
        }
    };
    Answer::ok(&RunDetail { id: id.to_string(), run: row, live, chunks })
}

/// POST /v1/runs/{run_id}/cancel, pause, resume, retry
pub async fn act(context: &Context<'_>, request: &mut Request, action: RunAction) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let id = request::run_id(&context.parameter)?;
    let by = context.actor();
    if action == RunAction::Retry {
        let accepted = run_actions::retry(&context.host, id, by).await?;
        return Ok(Answer::ok(&shops::shown(accepted))?.accepted());
    }
    let before = run_actions::request(&context.host, id, action, by).await?;
    Answer::ok(&Acted { id: id.to_string(), done: word(&action), state_before: word(&before) })
}
