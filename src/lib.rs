//! The Worker: event entry points and wiring, nothing else.
//!
//! ```text
//!  cron ─┐                     ┌── ShopSync (one object a shop) and AppGovernor (one an app)
//!  http ─┼─► queue table ─► start queue ─► plan ─┐        ▲ claim, commit   │ chunk messages
//!  sql ──┘                                       └─► chunk queue ─► fetch from Shopee, write to Postgres
//! ```
// A panic in an object or a consumer ends the whole instance: no input from outside may cause one.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod adapter;
mod durable;
mod http;
mod live_run;
mod queue;

use adapter::{Deadlines, WorkerHost};
use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use worker::{Context, Env, Request, Response, Result, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    http::serve(request, env).await
}

/// Acknowledges or retries each message on its own. Exported by hand, since the macro's batch does not say how often a
/// message was delivered, and an error of its handler would abort the instance with everything that runs in it.
#[wasm_bindgen]
pub fn queue(
    batch: worker::worker_sys::MessageBatch,
    env: Env,
    _context: worker::worker_sys::Context,
) -> Promise {
    future_to_promise(async move { queue::consume(batch, env).await.map(|()| JsValue::UNDEFINED) })
}

/// Exported by hand, since the macro would report every run as a success.
#[wasm_bindgen]
pub fn scheduled(
    event: worker::worker_sys::ScheduledEvent,
    env: Env,
    _context: worker::worker_sys::ScheduleContext,
) -> Promise {
    future_to_promise(async move {
        let host = WorkerHost::new(&env, Deadlines::WORK);
        match sync_flow::cron::run(&host, &ScheduledEvent::from(event).cron()).await {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(error) => Err(js_sys::Error::new(&error.to_string()).into()),
        }
    })
}
