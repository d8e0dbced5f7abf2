//! The platform behind the flow's ports: time, randomness, fetch, queues, objects, Postgres, logs, metrics, settings.

use sync_flow::error::FlowError;

pub mod body;
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
pub use fetch::{sleep, time_of};
pub use host::WorkerHost;
pub use object::{SINCE, watch};
pub use postgres::Connection;

/// Connects to Postgres for an HTTP request.
///
/// # Errors
/// A text for the log; it never contains the password.
pub async fn connect(env: &worker::Env) -> Result<Connection<'_>, FlowError> {
    postgres::connect(env, Deadlines::HTTP).await
}

/// A variable or secret as text; `None` if it is not set. `[vars]` may contain a number or a JSON document.
pub fn variable(env: &worker::Env, name: &str) -> Option<String> {
    let value = js_sys::Reflect::get(env, &name.into()).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    value.as_string().or_else(|| js_sys::JSON::stringify(&value).ok().map(String::from))
}

/// Unix milliseconds. The platform does not advance it during pure computation.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The instance's linear memory, in bytes, for all its consumers and objects together. It never shrinks.
fn memory_bytes() -> usize {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() * 65_536;
    #[cfg(not(target_arch = "wasm32"))]
    return 0;
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_variable_may_be_a_number() {
        let vars =
            js_sys::JSON::parse(r#"{"TEXT":"2001234","NUMBER":2001234,"LIST":[1,"a"],"NOTHING":null}"#)
                .unwrap();
        let env: worker::Env = vars.unchecked_into();
        let read = |name| variable(&env, name);
        assert_eq!(read("TEXT").as_deref(), Some("2001234"));
        assert_eq!(read("NUMBER").as_deref(), Some("2001234"));
        assert_eq!(read("LIST").as_deref(), Some(r#"[1,"a"]"#));
        assert_eq!((read("NOTHING"), read("ABSENT")), (None, None));
    }
}
