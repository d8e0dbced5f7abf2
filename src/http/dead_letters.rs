//! /v1/dead-letters: messages that could not be handled.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::dead_letter::Replayed;
use sync_flow::actions::replay::{self, ReplayRefused};
use worker::Request;

/// GET /v1/dead-letters, newest first.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let db = context.db().await?;
    let letters = store::dead_letters::list(&db, cursor, limit).await?;
    Answer::page(letters, limit, |letter| letter.received_at_ms)
}

/// POST /v1/dead-letters/{id}/replay: puts the message back into its queue, once.
pub async fn replay(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    match replay::replay(&context.host, &context.parameter, context.actor()).await {
        Ok(()) => Ok(Answer::ok(&Replayed { id: context.parameter.clone(), replayed: true })?.accepted()),
        Err(ReplayRefused::Unknown) => Err(Problem::not_found("there is no dead letter of this id")),
        Err(ReplayRefused::Conflict { code, detail }) => Err(Problem::conflict(code, detail)),
        Err(ReplayRefused::Unavailable(cause)) => Err(Problem::unavailable(cause)),
    }
}
