//! What the machine knows of an event besides its content: time and chance.

/// When something happens, with the randomness it may use.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Unix milliseconds.
    pub now_ms: i64,
    /// Uniform in 0..1, for jitter.
    pub random: f64,
}
