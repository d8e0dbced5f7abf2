//! How long to wait before the next attempt.

use crate::limits::{BACK_OFF_BASE_MS, BACK_OFF_MAX_MS, THROTTLED_BASE_MS};
use shopee::ErrorClass;

/// Exponential back-off with full jitter, in milliseconds.
///
/// `attempt` counts from 1; `random` is uniform in 0..1; a wait that the platform asked for is a floor.
#[must_use]
pub fn back_off_ms(class: ErrorClass, attempt: u32, retry_after_s: Option<u32>, random: f64) -> i64 {
    let base = match class {
        ErrorClass::PauseShop | ErrorClass::PauseApp | ErrorClass::PauseUntilQuotaDay => THROTTLED_BASE_MS,
        _ => BACK_OFF_BASE_MS,
    };
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = base.saturating_mul(1_i64 << doublings).min(BACK_OFF_MAX_MS);
    let jittered = (ceiling as f64 * random.clamp(0.0, 1.0)) as i64;
    let floor = retry_after_s.map_or(0, |seconds| i64::from(seconds) * 1_000);
    floor.saturating_add(jittered).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_bounded(attempt in 0u32..1_000, random in 0.0f64..1.0, after in proptest::option::of(0u32..3_600)) {
            let wait = back_off_ms(ErrorClass::Retry, attempt, after, random);
            let floor = i64::from(after.unwrap_or(0)) * 1_000;
            prop_assert!(wait >= 1.max(floor) && wait <= floor + BACK_OFF_MAX_MS);
        }
    }

    #[test]
    fn the_ceiling_doubles() {
        let ceiling = |attempt| back_off_ms(ErrorClass::Retry, attempt, None, 1.0);
        assert_eq!([ceiling(1), ceiling(2), ceiling(3)], [1_000, 2_000, 4_000]);
        assert_eq!(back_off_ms(ErrorClass::PauseShop, 1, None, 1.0), THROTTLED_BASE_MS);
    }
}
