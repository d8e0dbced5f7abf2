//! Paths that are used in more than one place.

/// The function that older callers use for syncs.
pub const ADS_SYNC: &str = "/functions/v1/apishopee-ads-sync";
/// The function that older callers use for budgets.
pub const ADS_SCHEDULER: &str = "/functions/v1/shopee-ads-scheduler";
/// Where Shopee's consent page sends the seller's browser.
pub const CALLBACK: &str = "/oauth/shopee/callback";
