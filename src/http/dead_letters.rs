//! /v1/dead-letters: messages that could not be handled.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::dead_letter::Replayed;
use store::dead_letters::Filter;
use sync_flow::actions::replay::{self, ReplayRefused};
use worker::Request;

/// GET /v1/dead-letters, newest first.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let (from_ms, to_ms) = request::moments(request)?;
    let unreplayed_only = request::flag(request, "waiting")?.unwrap_or(false);
    let filter = Filter { queue: request::text(request, "queue")?, unreplayed_only, from_ms, to_ms };
    let db = context.db().await?;
    let letters = store::dead_letters::list(&db, &filter, cursor, limit).await?;
    Answer::page(letters, limit, |letter| letter.received_at_ms)
}

/// POST /v1/dead-letters/{id}/replay: puts the message back into its queue, once.
pub async fn replay(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    put_back(context, &context.parameter).await?;
    Ok(Answer::ok(&Replayed { id: context.parameter.clone(), replayed: true })?.accepted())
}

/// Puts a message back into its queue, once.
pub async fn put_back(context: &Context<'_>, id: &str) -> Result<(), Problem> {
    replay::replay(&context.host, id, context.actor()).await.map_err(|refused| match refused {
        ReplayRefused::Unknown => Problem::not_found("there is no dead letter of this id"),
        ReplayRefused::Conflict { code, detail } => Problem::conflict(code, detail),
        ReplayRefused::Unavailable(cause) => Problem::unavailable(cause),
    })
}
