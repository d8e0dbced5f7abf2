//! The ads balance.

use super::{ShopKey, Subject};

/// Paid and free credits of the shop, in cents.
pub fn cents(key: &ShopKey) -> i64 {
    key.draw(Subject::Balance, 0, 0).between(0, 500_000) * key.region.money_unit
}
