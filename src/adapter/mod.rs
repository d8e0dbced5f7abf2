//! The platform behind the core: time, randomness, fetch, queues, Postgres, logs, metrics, settings.

pub mod config;
pub mod log;
pub mod metrics;
pub mod object;
pub mod outbox;
pub mod postgres;
pub mod shopee_http;

/// Unix milliseconds. During pure computation the platform does not advance it.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Uniform in 0..1, for jitter; not for secrets.
pub fn random() -> f64 {
    js_sys::Math::random()
}

/// The instance's linear memory, in bytes: all consumers and objects in it together. It never shrinks.
pub fn memory_bytes() -> usize {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() * 65_536;
    #[cfg(not(target_arch = "wasm32"))]
    return 0;
}
