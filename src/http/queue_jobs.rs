//! /v1/queue: rows that ask for a sync.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::{
    filter::{KINDS, ROW_STATUSES},
    queue::RowCancelled,
};
use store::queue_rows::{self, Filter};
use sync_flow::cron::queue_processor;
use worker::Request;

/// GET /v1/queue, newest first.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (limit, cursor) = request::page(request)?;
    let filter = Filter {
        shop_id: request::shop(request)?.map(|shop| shop.0),
        status: request::one_of(request, "status", &ROW_STATUSES)?,
        kind: request::one_of(request, "kind", &KINDS)?,
    };
    let db = context.db().await?;
    let rows = queue_rows::list(&db, &filter, cursor, limit).await?;
    Answer::page(rows, limit, |row| row.created_at_ms)
}

/// POST /v1/queue/{id}/cancel: of a row that waits.
pub async fn cancel(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let id = &context.parameter;
    let db = context.db().await?;
    let Some(found) = queue_rows::cancel(&db, id, context.actor()).await? else {
        return Err(Problem::not_found("there is no row of this id that asks for a sync"));
    };
    match (found.cancelled, found.row.status.as_str(), found.row.generation) {
        (true, ..) => Answer::ok(&RowCancelled { id: id.clone(), cancelled: true }),
        (false, "processing", Some(generation)) => Err(Problem::conflict(
            "job_in_work",
            format!("the row is in work: cancel its run, {}-{generation}", found.row.shop_id),
        )),
        (false, "processing", None) => {
            Err(Problem::conflict("job_in_work", "the row is being started: look again in a moment"))
        }
        (false, status, _) => Err(Problem::conflict("job_ended", format!("the row is over: {status}"))),
    }
}

/// POST /v1/queue/process: does the work of the queue processor's next tick at once.
pub async fn process(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let db = context.db().await?;
    let done = queue_processor::once(&db, &context.host).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(&done)?.accepted())
}
