//! Messages that nobody could handle are kept, with their body and the reason.

use super::Verdict;
use crate::{adapter::log, sync::Invocation};
use serde_json::json;
use worker::{MessageExt, RawMessage};

/// Longest body that is kept, in characters. Ours are far shorter.
const BODY_MAX: usize = 16_000;

/// Stores a message. Storing it twice keeps one.
pub async fn keep(invocation: &Invocation<'_>, queue: &str, message: &RawMessage, reason: &str) -> Verdict {
    let body = message.body();
    let body = body.as_string().unwrap_or_else(|| format!("{body:?}"));
    let body: String = body.chars().take(BODY_MAX).collect();
    log::error("dead_letter", json!({ "queue": queue, "message": message.id(), "reason": reason }));
    store::dead_letters::insert(&invocation.db, queue, &message.id(), &body, reason).await.into()
}
