//! POST /v1/queue/process: does the work of the queue processor's next tick at once.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use sync_flow::cron::queue_processor;
use worker::Request;

/// Hands out due rows to the consumers.
pub async fn process(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let db = context.db().await?;
    let done = queue_processor::once(&db, &context.host).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(&done)?.accepted())
}
