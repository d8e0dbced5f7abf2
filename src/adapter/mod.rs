//! The platform behind the flow's ports: time, randomness, fetch, queues, objects, Postgres, logs, metrics, settings.

mod deadline;
mod fetch;
mod host;
pub mod log;
mod metrics;
mod object;
mod outbox;
mod postgres;
mod socket;
pub mod storage;

pub use deadline::{Deadlines, REQUEST_MS_MAX, within};
pub use host::WorkerHost;
pub use postgres::Connection;

/// Connects a request over HTTP to Postgres.
///
/// # Errors
/// A text for the log; it never holds the password.
pub async fn connect(env: &worker::Env) -> Result<Connection<'_>, String> {
    postgres::connect(env, Deadlines::HTTP).await
}

/// Unix milliseconds. During pure computation the platform does not advance it.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The instance's linear memory, in bytes: all consumers and objects in it together. It never shrinks.
fn memory_bytes() -> usize {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() * 65_536;
    #[cfg(not(target_arch = "wasm32"))]
    return 0;
}
