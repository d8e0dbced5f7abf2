//! The queue consumers: one file a message kind.
//!
//! Each message is acknowledged or retried by itself. A body that cannot be read is kept as a dead letter. What may
//! be done for a message is decided by the shop's object, so that copies of a message are harmless.

mod budget;
mod chunk;
pub mod dead_letter;
mod start;

use crate::{host::Host, sync::Invocation};

/// The queue of start messages.
pub const START_QUEUE: &str = "ads-sync-start";
/// The queue of chunk messages.
pub const CHUNK_QUEUE: &str = "ads-sync-chunk";
/// The queue of budget messages.
pub const BUDGET_QUEUE: &str = "ads-budget";
/// The ending of the names of the dead-letter queues.
const DEAD: &str = "-dead";

/// What to do with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Handled, or of no use: it must not come again.
    Ack,
    /// Not handled: it comes again, in the end as a dead letter.
    Retry(String),
}

impl<E: ToString> From<Result<(), E>> for Verdict {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Ack,
            Err(error) => Self::Retry(error.to_string()),
        }
    }
}

/// Handles one message of a queue. `body` is none if it was no text.
pub async fn handle<H: Host>(
    invocation: &Invocation<'_, H>,
    queue: &str,
    message_id: &str,
    body: Option<&str>,
) -> Verdict {
    let Some(body) = body else {
        return dead_letter::keep(invocation, queue, message_id, "", "the body is no text").await;
    };
    if let Some(queue) = queue.strip_suffix(DEAD) {
        return dead_letter::keep(invocation, queue, message_id, body, "every delivery failed").await;
    }
    let handled = match queue {
        START_QUEUE => match body.parse() {
            Ok(message) => Ok(start::handle(invocation, &message).await),
            Err(error) => Err(error),
        },
        CHUNK_QUEUE => match body.parse() {
            Ok(message) => Ok(chunk::handle(invocation, &message).await),
            Err(error) => Err(error),
        },
        BUDGET_QUEUE => match body.parse() {
            Ok(message) => Ok(budget::handle(invocation, message_id, &message).await),
            Err(error) => Err(error),
        },
        other => return Verdict::Retry(format!("no consumer for the queue {other}")),
    };
    match handled {
        Ok(verdict) => verdict,
        Err(error) => dead_letter::keep(invocation, queue, message_id, body, &error.to_string()).await,
    }
}
