//! How long to wait before the next attempt.

use crate::limits::{BACK_OFF_BASE_MS, BACK_OFF_MAX_MS, SHOP_PAUSE_MS_MAX, THROTTLED_BASE_MS};

/// The wait after a failed attempt: exponential with full jitter, in milliseconds.
///
/// `failures` counts from 1; `random` is uniform in 0..1; the wait that Shopee asked for is a floor.
#[must_use]
pub fn back_off_ms(failures: u32, retry_after_s: Option<u32>, random: f64) -> i64 {
    wait(BACK_OFF_BASE_MS, BACK_OFF_MAX_MS, failures, retry_after_s, 0.0, random)
}

/// How long a shop pauses after Shopee has throttled it, in milliseconds: exponential, at least half of the ceiling,
/// since calling again at once is what gets an app locked.
#[must_use]
pub fn pause_ms(throttles: u32, retry_after_s: Option<u32>, random: f64) -> i64 {
    wait(THROTTLED_BASE_MS, SHOP_PAUSE_MS_MAX, throttles, retry_after_s, 0.5, random)
}

/// The wait after a failed projection, in milliseconds: exponential, at least half of the ceiling.
pub(crate) fn projection_back_off_ms(failures: u32, random: f64) -> i64 {
    wait(BACK_OFF_BASE_MS, BACK_OFF_MAX_MS, failures, None, 0.5, random)
}

fn wait(base: i64, most: i64, times: u32, retry_after_s: Option<u32>, at_least: f64, random: f64) -> i64 {
    let doublings = times.saturating_sub(1).min(16);
    let ceiling = base.saturating_mul(1_i64 << doublings).min(most);
    let part = at_least + (1.0 - at_least) * random.clamp(0.0, 1.0);
    let floor = retry_after_s.map_or(0, |seconds| i64::from(seconds) * 1_000);
    floor.saturating_add((ceiling as f64 * part) as i64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_bounded(times in 0u32..1_000, random in 0.0f64..1.0, after in proptest::option::of(0u32..3_600)) {
            let floor = i64::from(after.unwrap_or(0)) * 1_000;
            let wait = back_off_ms(times, after, random);
            prop_assert!(wait >= 1.max(floor) && wait <= floor + BACK_OFF_MAX_MS);
            let pause = pause_ms(times, after, random);
            prop_assert!(pause >= floor + THROTTLED_BASE_MS / 2 && pause <= floor + SHOP_PAUSE_MS_MAX);
        }
    }

    #[test]
    fn the_ceiling_doubles() {
        let ceiling = |failures| back_off_ms(failures, None, 1.0);
        assert_eq!([ceiling(1), ceiling(2), ceiling(3)], [1_000, 2_000, 4_000]);
        assert_eq!([pause_ms(1, None, 1.0), pause_ms(2, None, 1.0)], [5_000, 10_000]);
    }
}
