//! What the state machine learns with every event: time and randomness.

/// The time of an event, and the randomness that its handling may use.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Unix milliseconds.
    pub now_ms: i64,
    /// Uniform in 0..1, for jitter.
    pub random: f64,
}
