//! Sending messages to the queues.
//!
//! Bodies are JSON text: the platform's own conversion of objects loses maps and large numbers.

use serde::Serialize;
use sync_core::{ChunkMessage, StartMessage};
use wasm_bindgen::JsValue;
use worker::{BatchMessageBuilder, Env, QueueContentType, RawMessageBuilder};

/// The queue of start messages.
pub const START: (&str, &str) = ("START_QUEUE", "ads-sync-start");
/// The queue of chunk messages.
pub const CHUNK: (&str, &str) = ("CHUNK_QUEUE", "ads-sync-chunk");
/// Messages in one call (Cloudflare Queues limits: 100).
const BATCH_MAX: usize = 100;

/// Sends start messages.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send_start(env: &Env, messages: &[StartMessage], delay_seconds: u32) -> Result<(), String> {
    send(env, START.0, messages, delay_seconds).await
}

/// Sends chunk messages.
///
/// # Errors
/// A text for the log. Some of the messages may have been sent.
pub async fn send_chunks(env: &Env, messages: &[ChunkMessage]) -> Result<(), String> {
    send(env, CHUNK.0, messages, 0).await
}

async fn send<T: Serialize>(env: &Env, binding: &str, messages: &[T], delay: u32) -> Result<(), String> {
    let wrong = |error: worker::Error| format!("queue {binding}: {error}");
    let queue = env.queue(binding).map_err(wrong)?;
    for batch in messages.chunks(BATCH_MAX) {
        let mut raw = Vec::with_capacity(batch.len());
        for message in batch {
            let text = serde_json::to_string(message).map_err(|error| error.to_string())?;
            let body = RawMessageBuilder::new(JsValue::from_str(&text)).delay_seconds(delay);
            raw.push(body.build_with_content_type(QueueContentType::Text));
        }
        queue.send_raw_batch(BatchMessageBuilder::new().messages(raw).build()).await.map_err(wrong)?;
    }
    Ok(())
}
