//! The time between two calls at a rate.

use crate::limits::CALLS_PER_SECOND_MIN;

/// Rounds a rate to a thousandth: its short text reads back as the same number.
pub(crate) fn rounded(rate: f64) -> f64 {
    (rate * 1_000.0).round() / 1_000.0
}

/// The time between two calls at a rate, in milliseconds.
pub(crate) fn spacing_ms(calls_per_second: f64) -> i64 {
    (1_000.0 / calls_per_second.max(CALLS_PER_SECOND_MIN)).ceil() as i64
}
