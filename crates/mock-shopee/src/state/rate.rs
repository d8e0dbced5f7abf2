//! What the rate limits have left.

use super::behaviour::RateLimits;
use std::collections::HashMap;
use std::time::Instant;

const DAY_MS: i64 = 86_400_000;
/// The quota's day ends at 00:00 UTC+8 (Shopee: `error_limit`).
const QUOTA_OFFSET_MS: i64 = 8 * 3_600_000;

/// Which limit a call ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// Too fast, for the app or the shop.
    Rate,
    /// The app's calls of the day are used up.
    Day,
}

struct Bucket {
    left: f64,
    filled: Instant,
}

/// Buckets that fill with the real clock.
#[derive(Default)]
pub struct Rates {
    app: Option<Bucket>,
    shops: HashMap<u64, Bucket>,
    day: i64,
    calls_of_day: u64,
}

impl Rates {
    /// Lets a call pass, or says which limit is in its way. A call that the shop's bucket stops has counted for the app.
    pub fn take(&mut self, limits: &RateLimits, shop: Option<u64>, now_ms: i64) -> Result<(), Exceeded> {
        let day = (now_ms + QUOTA_OFFSET_MS).div_euclid(DAY_MS);
        if day != self.day {
            (self.day, self.calls_of_day) = (day, 0);
        }
        if limits.per_day.is_some_and(|most| self.calls_of_day >= most) {
            return Err(Exceeded::Day);
        }
        self.calls_of_day += 1;
        let now = Instant::now();
        if let Some(rate) = limits.per_app {
            self.app.get_or_insert_with(|| full(limits, rate, now)).take(limits, rate, now)?;
        }
        if let (Some(rate), Some(shop)) = (limits.per_shop, shop) {
            self.shops.entry(shop).or_insert_with(|| full(limits, rate, now)).take(limits, rate, now)?;
        }
        Ok(())
    }
}

fn full(limits: &RateLimits, rate: f64, now: Instant) -> Bucket {
    Bucket { left: limits.size(rate), filled: now }
}

impl Bucket {
    fn take(&mut self, limits: &RateLimits, rate: f64, now: Instant) -> Result<(), Exceeded> {
        let gained = now.duration_since(self.filled).as_secs_f64() * rate;
        (self.left, self.filled) = ((self.left + gained).min(limits.size(rate)), now);
        if self.left < 1.0 {
            return Err(Exceeded::Rate);
        }
        self.left -= 1.0;
        Ok(())
    }
}
