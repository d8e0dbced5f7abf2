//! The queue consumers: one file a message kind.
//!
//! Each message is acknowledged or retried by itself. A body that cannot be read is kept as a dead letter. What may
//! be done for a message is decided by the shop's object, so that copies of a message are harmless.

mod budget;
mod chunk;
pub mod dead_letter;
mod start;

use crate::{host::Host, invocation::Invocation};
use sync_core::{DEAD_REDELIVERY_SECONDS_MAX, REDELIVERY_SECONDS_MAX, redelivery_seconds};

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
pub enum Disposition {
    /// Handled, or of no use: it must not come again.
    Ack,
    /// Not handled: it comes again, in the end as a dead letter.
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

/// The wait before a message of a queue comes again, in seconds, when it has been delivered so many times. What could not be
/// handled cannot be handled at once either where Postgres is away: the waits grow, so that an outage uses up no message.
#[must_use]
pub fn retry_seconds(queue: &str, deliveries: u32) -> u32 {
    let max = if queue.ends_with(DEAD) { DEAD_REDELIVERY_SECONDS_MAX } else { REDELIVERY_SECONDS_MAX };
    redelivery_seconds(deliveries, max)
}

/// Handles one message of a queue. `body` is none if it was no text.
pub async fn handle<H: Host>(
    invocation: &Invocation<'_, H>,
    queue: &str,
    message_id: &str,
    body: Option<&str>,
) -> Disposition {
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
        other => return Disposition::Retry(format!("no consumer for the queue {other}")),
    };
    match handled {
        Ok(verdict) => verdict,
        Err(error) => dead_letter::keep(invocation, queue, message_id, body, &error.to_string()).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::{DEAD_REDELIVERIES, REDELIVERIES};

    #[test]
    fn the_queues_deliver_as_often_as_the_waits_are_made_for() {
        let config = include_str!("../../../../wrangler.toml");
        let consumers: Vec<_> = config.split("[[queues.consumers]]").skip(1).collect();
        assert_eq!(consumers.len(), 6);
        for consumer in consumers {
            let value = |name: &str| {
                let line =
                    consumer.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='));
                line.map(|value| value.trim().trim_matches('"')).unwrap_or_default()
            };
            let queue = value("queue");
            let times = if queue.ends_with(DEAD) { DEAD_REDELIVERIES } else { REDELIVERIES };
            assert_eq!(value("max_retries"), times.to_string(), "{queue}");
            assert_eq!(value("dead_letter_queue").is_empty(), queue.ends_with(DEAD), "{queue}");
        }
    }

    #[test]
    fn as_many_shops_are_worked_on_at_once_as_the_limits_say() {
        let config = include_str!("../../../../wrangler.toml");
        let of_budgets =
            config.split("[[queues.consumers]]").skip(1).find(|part| part.contains("\"ads-budget\""));
        let size = format!("max_batch_size = {}\n", sync_core::BUDGET_SHOPS_AT_ONCE);
        assert!(of_budgets.is_some_and(|part| part.contains(&size)), "{of_budgets:?}");
    }

    #[test]
    fn waits_grow_to_their_bound() {
        let waits = |queue| [1, 2, 3, 7, 100].map(|deliveries| retry_seconds(queue, deliveries));
        assert_eq!(waits(START_QUEUE), [5, 10, 20, 300, 300]);
        assert_eq!(waits("ads-sync-start-dead"), [5, 10, 20, 320, 3_600]);
        assert_eq!(retry_seconds(CHUNK_QUEUE, 0), 5, "a platform that does not count");
    }
}
