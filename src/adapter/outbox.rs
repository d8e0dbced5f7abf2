//! Sends messages to the queues.
//!
//! Bodies are JSON text: the platform's own conversion of objects loses maps and large numbers.

use serde::Serialize;
use sync_flow::error::FlowError;
use sync_flow::queues::Queue;
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, QueueContentType, RawMessageBuilder};

/// Most messages in one call (Cloudflare Queues limits: 100).
const BATCH_MAX: usize = 100;

/// Sends messages.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send<T: Serialize>(env: &Env, queue: Queue, messages: &[T]) -> Result<(), FlowError> {
    send_delayed(env, queue, messages, |_| 0).await
}

/// Sends messages, each with a delivery delay in seconds.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send_delayed<T: Serialize>(
    env: &Env,
    queue: Queue,
    messages: &[T],
    delay_seconds: impl Fn(&T) -> u32,
) -> Result<(), FlowError> {
    let text = |message: &T| {
        let body = serde_json::to_string(message)?;
        Ok::<_, FlowError>((body, delay_seconds(message)))
    };
    let bodies = messages.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    send_bodies(env, queue, &bodies).await
}

/// Sends bodies unchanged, each with a delivery delay in seconds.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send_bodies(env: &Env, queue: Queue, bodies: &[(String, u32)]) -> Result<(), FlowError> {
    let wrong = |error: worker::Error| FlowError::Platform(format!("queue {}: {error}", queue.name()));
    let binding = env.queue(queue.binding()).map_err(wrong)?;
    for batch in bodies.chunks(BATCH_MAX) {
        let raw = batch.iter().map(|(body, delay_seconds)| {
            let message = RawMessageBuilder::new(JsValue::from_str(body)).delay_seconds(*delay_seconds);
            message.build_with_content_type(QueueContentType::Text)
        });
        let batch = BatchMessageBuilder::new().messages(raw.collect::<Vec<_>>()).build();
        binding.send_raw_batch(batch).await.map_err(wrong)?;
    }
    Ok(())
}
