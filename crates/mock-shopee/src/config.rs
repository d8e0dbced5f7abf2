//! The configuration of a fake platform.

use std::fmt;

/// Fixed while the server runs. Everything else is set through the control API.
#[derive(Clone)]
pub struct Config {
    /// Port on 127.0.0.1; 0 = any free one.
    pub port: u16,
    /// The one partner app that the platform knows.
    pub partner_id: u64,
    /// The app's signing key.
    pub partner_key: String,
    /// Mean delay of every answer, in milliseconds, until changed through the control API.
    pub latency_ms: u32,
    /// A fixed time of the clock, in unix milliseconds, until changed through the control API; the real clock if `None`.
    pub clock_ms: Option<i64>,
    /// How many milliseconds the clock is ahead of the machine's, unless it is fixed.
    pub ahead_ms: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            partner_id: 2_001_234,
            partner_key: "mock_partner_key".into(),
            latency_ms: 0,
            clock_ms: None,
            ahead_ms: 0,
        }
    }
}

/// Omits the key.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("port", &self.port)
            .field("partner_id", &self.partner_id)
            .field("latency_ms", &self.latency_ms)
            .field("clock_ms", &self.clock_ms)
            .field("ahead_ms", &self.ahead_ms)
            .finish_non_exhaustive()
    }
}
