//! POST /v1/queue/process: does at once what the queue processor's next tick would do.

use super::{Answer, Context, body, problem::Problem};
use crate::adapter;
use sync_flow::cron::queue_processor;
use worker::Request;

/// Hands due rows to the consumers.
pub async fn process(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    body::nothing(request).await?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    queue_processor::once(&db, &context.host).await.map(Answer::accepted).map_err(Problem::unavailable)
}
