//! The queue consumers: one file a message kind.
//!
//! Each message is acknowledged or retried by itself. A body that cannot be read is kept as a dead letter. What may
//! be done for a message is decided by the shop's object, so that copies of a message are harmless.

mod chunk;
mod dead_letter;
mod start;

use crate::{
    adapter::{log, outbox},
    sync::Invocation,
};
use futures_util::future::join_all;
use serde_json::json;
use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

/// Wait before a message comes again that could not be handled, in seconds.
const RETRY_SECONDS: u32 = 5;
/// The ending of the names of the dead-letter queues.
const DEAD: &str = "-dead";

/// What to do with a message.
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

/// Handles a batch; its messages at the same time, over one database connection.
pub async fn consume(batch: MessageBatch<JsValue>, env: Env) {
    let queue = batch.queue();
    let invocation = match Invocation::open(&env).await {
        Ok(invocation) => invocation,
        Err(error) => {
            log::error("invocation_failed", json!({ "queue": queue, "error": error }));
            let options = QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build();
            return batch.retry_all_with_options(&options);
        }
    };
    join_all(batch.raw_iter().map(|message| handle(&invocation, &queue, message))).await;
}

async fn handle(invocation: &Invocation<'_>, queue: &str, message: RawMessage) {
    let body = message.body().as_string();
    let verdict = match (queue, body) {
        (_, None) => dead_letter::keep(invocation, queue, &message, "the body is no text").await,
        (queue, Some(_)) if queue.ends_with(DEAD) => {
            dead_letter::keep(invocation, queue, &message, "every delivery failed").await
        }
        (queue, Some(body)) if queue == outbox::START.1 => match body.parse() {
            Ok(start) => start::handle(invocation, &start).await,
            Err(error) => dead_letter::keep(invocation, queue, &message, &format!("{error}")).await,
        },
        (queue, Some(body)) if queue == outbox::CHUNK.1 => match body.parse() {
            Ok(chunk) => chunk::handle(invocation, &chunk).await,
            Err(error) => dead_letter::keep(invocation, queue, &message, &format!("{error}")).await,
        },
        (queue, Some(_)) => Verdict::Retry(format!("no consumer for the queue {queue}")),
    };
    match verdict {
        Verdict::Ack => message.ack(),
        Verdict::Retry(error) => {
            log::warn("message_retried", json!({ "queue": queue, "message": message.id(), "error": error }));
            message.retry_with_options(
                &QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build(),
            );
        }
    }
}
