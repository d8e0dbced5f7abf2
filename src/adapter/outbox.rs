//! Sending messages to the queues.
//!
//! Bodies are JSON text: the platform's own conversion of objects loses maps and large numbers.

use serde::Serialize;
use sync_flow::consumer::{BUDGET_QUEUE, CHUNK_QUEUE, START_QUEUE};
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, QueueContentType, RawMessageBuilder};

/// The binding of the queue of start messages.
pub const START: &str = "START_QUEUE";
/// The binding of the queue of chunk messages.
pub const CHUNK: &str = "CHUNK_QUEUE";
/// The binding of the queue of budget messages.
pub const BUDGET: &str = "BUDGET_QUEUE";
/// Messages in one call (Cloudflare Queues limits: 100).
const BATCH_MAX: usize = 100;

/// Sends messages.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send<T: Serialize>(env: &Env, binding: &str, messages: &[T]) -> Result<(), String> {
    send_delayed(env, binding, messages, |_| 0).await
}

/// Sends messages, each to be delivered after some seconds.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send_delayed<T: Serialize>(
    env: &Env,
    binding: &str,
    messages: &[T],
    delay_seconds: impl Fn(&T) -> u32,
) -> Result<(), String> {
    let text = |message: &T| {
        let body = serde_json::to_string(message).map_err(|error| error.to_string())?;
        Ok::<_, String>((body, delay_seconds(message)))
    };
    let bodies = messages.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    send_bodies(env, binding, &bodies).await
}

/// Sends a body as it is to the queue of this name.
///
/// # Errors
/// A text for the log.
pub async fn send_raw(env: &Env, queue: &str, body: &str) -> Result<(), String> {
    let binding = match queue {
        START_QUEUE => START,
        CHUNK_QUEUE => CHUNK,
        BUDGET_QUEUE => BUDGET,
        other => return Err(format!("there is no queue '{other}'")),
    };
    send_bodies(env, binding, &[(body.to_owned(), 0)]).await
}

async fn send_bodies(env: &Env, binding: &str, bodies: &[(String, u32)]) -> Result<(), String> {
    let wrong = |error: worker::Error| format!("queue {binding}: {error}");
    let queue = env.queue(binding).map_err(wrong)?;
    for batch in bodies.chunks(BATCH_MAX) {
        let raw = batch.iter().map(|(body, delay_seconds)| {
            let message = RawMessageBuilder::new(JsValue::from_str(body)).delay_seconds(*delay_seconds);
            message.build_with_content_type(QueueContentType::Text)
        });
        let batch = BatchMessageBuilder::new().messages(raw.collect::<Vec<_>>()).build();
        queue.send_raw_batch(batch).await.map_err(wrong)?;
    }
    Ok(())
}
