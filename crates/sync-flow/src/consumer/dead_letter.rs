//! Messages that nobody could handle are kept, with their body and the reason.

use super::Verdict;
use crate::{
    host::{Host, Level},
    sync::Invocation,
};
use serde_json::json;
use store::{alerts, dead_letters};

/// Longest body that is kept, in characters. Ours are far shorter.
const BODY_MAX: usize = 16_000;
/// The alert that some are waiting for an operator.
pub const ALERT: &str = "dead_letters";

/// Stores a message. Storing it twice keeps one.
pub async fn keep<H: Host>(
    invocation: &Invocation<'_, H>,
    queue: &str,
    message_id: &str,
    body: &str,
    reason: &str,
) -> Verdict {
    let body: String = body.chars().take(BODY_MAX).collect();
    let fields = json!({ "queue": queue, "message": message_id, "reason": reason });
    invocation.host.log(Level::Error, "dead_letter", fields);
    if let Err(error) = dead_letters::insert(&invocation.db, queue, message_id, &body, reason).await {
        return Verdict::Retry(error.to_string());
    }
    let text = "messages could not be handled: GET /v1/dead-letters lists them";
    alerts::raise(&invocation.db, ALERT, None, "warning", text).await.map(drop).into()
}
