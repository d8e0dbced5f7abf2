//! How far another clock is from ours, as far as the way there lets us know.

use super::{Asked, Finding, Gap};

/// From here on somebody should look, in milliseconds.
const WARNING_MS: i64 = 60_000;
/// From here on it does not work, in milliseconds. Shopee refuses what is more than five minutes off.
const FAILURE_MS: i64 = 240_000;

/// How far our clock is ahead of another one, in milliseconds: at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    least: i64,
    most: i64,
}

impl Clock {
    /// From a question that we asked and that was answered at these times of ours, with that time of theirs, which was cut
    /// off to so many milliseconds.
    #[must_use]
    pub fn compared(asked_ms: i64, answered_ms: i64, theirs_ms: i64, cut_ms: i64) -> Self {
        let least = asked_ms.saturating_sub(theirs_ms).saturating_sub(cut_ms);
        Self { least, most: answered_ms.saturating_sub(theirs_ms) }
    }

    /// What is certain: positive if ours is ahead, negative if it is behind, 0 if they may be the same.
    fn certain_ms(self) -> i64 {
        if self.least > 0 { self.least } else { self.most.min(0) }
    }
}

/// Judges a clock.
pub(super) fn check(clock: &Asked<Clock>, silent: &'static str, todo: &'static str) -> Finding {
    let clock = match clock {
        Ok(clock) => *clock,
        Err(gap @ Gap::Silent(_)) => return Finding::unknown(gap, silent),
        Err(gap) => return Finding::unknown(gap, ""),
    };
    let off_ms = clock.certain_ms();
    let word = if off_ms < 0 { "behind" } else { "ahead" };
    let found = match off_ms.saturating_abs() {
        0 => format!("the same to within {} ms", clock.most.saturating_sub(clock.least)),
        off_ms => format!("the Worker's clock is {word} by at least {off_ms} ms"),
    };
    match off_ms.saturating_abs() {
        off_ms if off_ms > FAILURE_MS => Finding::failure(found, todo),
        off_ms if off_ms > WARNING_MS => Finding::warning(found, todo),
        _ => Finding::ok(found),
    }
}
