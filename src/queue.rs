//! The entry point of the queue consumers: each message is acknowledged or retried on its own, and waits longer after
//! each failure.

use crate::adapter::{Deadlines, WorkerHost, log, variable};
use compact::json;
use futures_util::future::join_all;
use sync_flow::{
    consumer::{self, Disposition},
    host::Level,
    invocation::Invocation,
    queues::Source,
};
use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, MessageExt, QueueRetryOptionsBuilder, RawMessage, worker_sys};

/// Bodies that crash the instance, or throw an uncaught exception, to test what that does to the work; only if
/// `TEST_CRASH` is `1`.
const CRASH: &str = r#"{"crash":true}"#;
const THROW: &str = r#"{"crash":"exception"}"#;

/// Handles a batch: all messages concurrently, over one database connection.
///
/// # Errors
/// The platform's batch is malformed.
pub async fn consume(batch: worker_sys::MessageBatch, env: Env) -> Result<(), JsValue> {
    let queue = String::from(batch.queue()?);
    let messages = batch.messages()?;
    let messages = messages.iter().map(Delivery::of);
    let host = WorkerHost::new(&env, Deadlines::WORK);
    let invocation = match Invocation::open(&host).await {
        Ok(invocation) => invocation,
        Err(error) => {
            log::line(Level::Error, "invocation_failed", json!({ "queue": queue, "error": error }));
            messages.for_each(|delivery| delivery.again(&queue));
            return Ok(());
        }
    };
    join_all(messages.map(|delivery| handle(&invocation, &env, &queue, delivery))).await;
    Ok(())
}

/// A message and how often it has been delivered, which the `worker` crate does not expose.
struct Delivery {
    message: RawMessage,
    attempts: u32,
}

impl Delivery {
    fn of(message: JsValue) -> Self {
        let attempts = js_sys::Reflect::get(&message, &JsValue::from_str("attempts"));
        let attempts = attempts.ok().and_then(|attempts| attempts.as_f64()).unwrap_or(1.0) as u32;
        Self { message: message.unchecked_into::<worker_sys::Message>().into(), attempts }
    }

    /// Returns the message to its queue.
    fn again(&self, queue: &str) {
        let Some(source) = Source::named(queue) else { return self.message.retry() };
        let seconds = source.retry_seconds(self.attempts);
        self.message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build());
    }
}

async fn handle(invocation: &Invocation<'_, WorkerHost<'_>>, env: &Env, queue: &str, delivery: Delivery) {
    let message = &delivery.message;
    let body = message.body().as_string();
    let crashes = [CRASH, THROW].iter().any(|crash| body.as_deref() == Some(crash));
    if crashes && variable(env, "TEST_CRASH").as_deref() == Some("1") {
        // Acknowledged first: Cloudflare keeps that when the handler fails. The local queue delivers the message again,
        // until its retries are used up.
        message.ack();
        if body.as_deref() == Some(THROW) {
            log::line(Level::Warn, "test_exception", json!({ "queue": queue }));
            wasm_bindgen::throw_str("thrown for a test");
        }
        crash();
    }
    match consumer::handle(invocation, queue, &message.id(), body.as_deref()).await {
        Disposition::Ack => message.ack(),
        Disposition::Retry(error) => {
            let fields = json!({ "queue": queue, "message": message.id(), "delivery": delivery.attempts, "error": error });
            log::line(Level::Warn, "message_retried", fields);
            delivery.again(queue);
        }
    }
}

/// Ends the instance with everything that runs in it.
fn crash() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}
