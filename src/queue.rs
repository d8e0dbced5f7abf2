//! The queue consumers' entry: each message is acknowledged or retried by itself.

use crate::adapter::{Deadlines, WorkerHost, log, variable};
use futures_util::future::join_all;
use serde_json::json;
use sync_flow::{
    consumer::{self, Verdict},
    host::Level,
    sync::Invocation,
};
use wasm_bindgen::JsValue;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

/// Wait before a message comes again that could not be handled, in seconds.
const RETRY_SECONDS: u32 = 5;
/// Bodies that crash the instance, or throw an exception that nobody catches, for tests of what that does to the work; only where
/// `TEST_CRASH` is `1`.
const CRASH: &str = r#"{"crash":true}"#;
const THROW: &str = r#"{"crash":"exception"}"#;

/// Handles a batch; its messages at the same time, over one database connection.
pub async fn consume(batch: MessageBatch<JsValue>, env: Env) {
    let queue = batch.queue();
    let host = WorkerHost::new(&env, Deadlines::WORK);
    let invocation = match Invocation::open(&host).await {
        Ok(invocation) => invocation,
        Err(error) => {
            log::line(Level::Error, "invocation_failed", json!({ "queue": queue, "error": error }));
            let options = QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build();
            return batch.retry_all_with_options(&options);
        }
    };
    join_all(batch.raw_iter().map(|message| handle(&invocation, &env, &queue, message))).await;
}

async fn handle(invocation: &Invocation<'_, WorkerHost<'_>>, env: &Env, queue: &str, message: RawMessage) {
    let body = message.body().as_string();
    let crashes = [CRASH, THROW].iter().any(|crash| body.as_deref() == Some(crash));
    if crashes && variable(env, "TEST_CRASH").as_deref() == Some("1") {
        // Acknowledged first: Cloudflare keeps that when the handler fails. The local queue delivers again, until its retries
        // are used up.
        message.ack();
        if body.as_deref() == Some(THROW) {
            log::line(Level::Warn, "test_exception", json!({ "queue": queue }));
            wasm_bindgen::throw_str("thrown for a test");
        }
        crash();
    }
    match consumer::handle(invocation, queue, &message.id(), body.as_deref()).await {
        Verdict::Ack => message.ack(),
        Verdict::Retry(error) => {
            let fields = json!({ "queue": queue, "message": message.id(), "error": error });
            log::line(Level::Warn, "message_retried", fields);
            message.retry_with_options(
                &QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_SECONDS).build(),
            );
        }
    }
}

/// Ends the instance with everything that runs in it.
fn crash() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}
