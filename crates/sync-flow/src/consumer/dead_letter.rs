//! Keeps messages that could not be handled, with their body and the reason.

use super::Disposition;
use crate::{
    host::{Host, Level},
    invocation::Invocation,
    queues::Queue,
};
use compact::json;
use store::{
    Db,
    alert_kind::AlertKind,
    alerts,
    dead_letters::{self, Unhandled},
};
use sync_core::StartMessage;

/// Longest body that is kept, in characters. Ours are far shorter.
const BODY_MAX: usize = 16_000;

/// Stores a message and frees the job that it was to start, so that the next tick starts it. Storing it twice keeps one
/// copy.
pub async fn keep<H: Host>(
    invocation: &Invocation<'_, H>,
    queue: Queue,
    message_id: &str,
    body: &str,
    reason: &str,
) -> Disposition {
    let body: String = body.chars().take(BODY_MAX).collect();
    let fields = json!({ "queue": queue.name(), "message": message_id, "reason": reason });
    invocation.host.log(Level::Error, "dead_letter", fields);
    let start: Option<StartMessage> = (queue == Queue::Start).then(|| body.parse().ok()).flatten();
    let job = start.as_ref().map(|start| (start.job_id.as_str(), start.asked_at_ms));
    let message = Unhandled { queue: queue.name(), message_id, body: &body, reason, job };
    if let Err(error) = dead_letters::insert(&invocation.db, &message).await {
        return Disposition::Retry(error.to_string());
    }
    let text = "messages could not be handled: GET /v1/dead-letters lists them";
    alerts::raise(&invocation.db, AlertKind::DeadLetters, None, text).await.map(drop).into()
}

/// Closes the alert when everything that the messages asked for has ended. Returns true if it was open.
///
/// # Errors
/// The database failed.
pub async fn settle(db: &impl Db) -> Result<bool, store::DbError> {
    dead_letters::settle(db, Queue::ALL.map(Queue::name)).await
}
