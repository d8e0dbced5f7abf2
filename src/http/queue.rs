//! POST /v1/queue/process: does at once what the queue processor's next tick would do.

use super::{Answer, body, problem::Problem};
use crate::{adapter::postgres, cron::queue_processor};
use serde::Deserialize;
use worker::{Env, Request};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Hands due rows to the consumers.
pub async fn process(request: &mut Request, env: &Env) -> Result<Answer, Problem> {
    let Nothing {} = body::json(request).await?;
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
    queue_processor::run(&db, env).await.map(Answer::accepted).map_err(Problem::unavailable)
}
