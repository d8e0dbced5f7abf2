//! The queue consumers, one file per kind of message.
//!
//! Each message is acknowledged or retried on its own. An unreadable body is kept as a dead letter. The shop's object
//! decides what may be done for a message, so copies of a message are harmless.

mod budget;
mod chunk;
pub mod dead_letter;
mod start;

use crate::{
    host::Host,
    invocation::Invocation,
    queues::{Queue, Source},
};

/// What to do with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Handled, or no longer needed: it must not come again.
    Ack,
    /// Not handled: it comes again, and ends as a dead letter.
    Retry(String),
}

impl<E: ToString> From<Result<(), E>> for Disposition {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Ack,
            Err(error) => Self::Retry(error.to_string()),
        }
    }
}

/// Handles one message from the queue of this name. `body` is `None` if it was not text.
pub async fn handle<H: Host>(
    invocation: &Invocation<'_, H>,
    queue: &str,
    message_id: &str,
    body: Option<&str>,
) -> Disposition {
    let Some(source) = Source::named(queue) else {
        return Disposition::Retry(format!("no consumer for the queue {queue}"));
    };
    let (queue, body) = match (source, body) {
        (Source::Live(queue) | Source::Dead(queue), None) => {
            return dead_letter::keep(invocation, queue, message_id, "", "the body is no text").await;
        }
        (Source::Dead(queue), Some(body)) => {
            return dead_letter::keep(invocation, queue, message_id, body, "every delivery failed").await;
        }
        (Source::Live(queue), Some(body)) => (queue, body),
    };
    let handled = match queue {
        Queue::Start => match body.parse() {
            Ok(message) => Ok(start::handle(invocation, &message).await),
            Err(error) => Err(error),
        },
        Queue::Chunk => match body.parse() {
            Ok(message) => Ok(chunk::handle(invocation, &message).await),
            Err(error) => Err(error),
        },
        Queue::Budget => match body.parse() {
            Ok(message) => Ok(budget::handle(invocation, message_id, &message).await),
            Err(error) => Err(error),
        },
    };
    match handled {
        Ok(disposition) => disposition,
        Err(error) => dead_letter::keep(invocation, queue, message_id, body, &error.to_string()).await,
    }
}
