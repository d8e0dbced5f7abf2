//! The shops.

use super::campaigns::Campaigns;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The shops by id.
pub type Shops = BTreeMap<u64, Shop>;

/// One shop.
#[derive(Debug)]
pub struct Shop {
    /// As shown by Shopee: v2.shop.get_shop_info.
    pub name: String,
    /// Whether it has authorized the app.
    pub linked: bool,
    /// When it authorized the app, in unix seconds.
    pub auth_time: i64,
    /// Its campaigns; shared, so that an answer is computed without holding the lock.
    pub campaigns: Arc<Campaigns>,
}
