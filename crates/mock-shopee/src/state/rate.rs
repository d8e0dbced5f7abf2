//! The state of the rate limits.

use super::behaviour::{Behaviour, Lock, RateLimits};
use serde::Serialize;
use std::collections::{HashMap, VecDeque};

const DAY_MS: i64 = 86_400_000;
/// The quota's day ends at 00:00 UTC+8 (Shopee: `error_limit`).
const QUOTA_OFFSET_MS: i64 = 8 * 3_600_000;
/// Refusals older than this no longer count for the lock.
const LOCK_WINDOW_MS: i64 = 60_000;

/// The limit that refused a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedBy {
    /// Too fast for the shop.
    Shop,
    /// Too fast for the app.
    App,
    /// The app's calls of the day are used up.
    Day,
    /// The app is locked, since it has exceeded its limit too often.
    Lock,
}

struct Bucket {
    left: f64,
    filled_ms: i64,
}

/// Token buckets, filled by the time of the calls, in unix milliseconds.
#[derive(Default)]
pub struct Rates {
    app: Option<Bucket>,
    shops: HashMap<u64, Bucket>,
    day: i64,
    calls_of_day: u64,
    /// When the app's bucket refused a call, the latest last; no more than the lock needs.
    refusals_ms: VecDeque<i64>,
    locked_until_ms: i64,
}

impl Rates {
    /// Refuses every call while the app is locked; each one prolongs the lock.
    pub fn check_lock(&mut self, lock: Lock, now_ms: i64) -> Result<(), RefusedBy> {
        if now_ms >= self.locked_until_ms {
            return Ok(());
        }
        self.locked_until_ms = now_ms + i64::from(lock.seconds) * 1_000;
        Err(RefusedBy::Lock)
    }

    /// Accepts a call, or returns the limit that refuses it. A call refused by the shop's bucket has counted for the app.
    pub fn take(&mut self, behaviour: &Behaviour, shop: Option<u64>, now_ms: i64) -> Result<(), RefusedBy> {
        let limits = &behaviour.rate;
        let day = (now_ms + QUOTA_OFFSET_MS).div_euclid(DAY_MS);
        if day != self.day {
            (self.day, self.calls_of_day) = (day, 0);
        }
        if limits.per_day.is_some_and(|most| self.calls_of_day >= most) {
            return Err(RefusedBy::Day);
        }
        self.calls_of_day += 1;
        if let Some(rate) = limits.per_app
            && !self.app.get_or_insert_with(|| full(limits, rate, now_ms)).take(limits, rate, now_ms)
        {
            self.count_refusal(behaviour.lock, now_ms);
            return Err(RefusedBy::App);
        }
        if let (Some(rate), Some(shop)) = (limits.per_shop, shop)
            && !self
                .shops
                .entry(shop)
                .or_insert_with(|| full(limits, rate, now_ms))
                .take(limits, rate, now_ms)
        {
            return Err(RefusedBy::Shop);
        }
        Ok(())
    }

    fn count_refusal(&mut self, lock: Lock, now_ms: i64) {
        let Some(most) = lock.after_refusals else { return };
        self.refusals_ms.push_back(now_ms);
        while self.refusals_ms.front().is_some_and(|at| now_ms - at >= LOCK_WINDOW_MS) {
            self.refusals_ms.pop_front();
        }
        if self.refusals_ms.len() >= most as usize {
            self.refusals_ms.clear();
            self.locked_until_ms = now_ms + i64::from(lock.seconds) * 1_000;
        }
    }
}

fn full(limits: &RateLimits, rate: f64, now_ms: i64) -> Bucket {
    Bucket { left: limits.size(rate), filled_ms: now_ms }
}

impl Bucket {
    fn take(&mut self, limits: &RateLimits, rate: f64, now_ms: i64) -> bool {
        // A clock that was set back adds nothing.
        let gained = (now_ms - self.filled_ms).max(0) as f64 / 1_000.0 * rate;
        self.left = (self.left + gained).min(limits.size(rate));
        self.filled_ms = self.filled_ms.max(now_ms);
        // Fractions added up may fall short of a whole call by a rounding error.
        let passes = self.left >= 1.0 - 1e-9;
        if passes {
            self.left -= 1.0;
        }
        passes
    }
}
