//! Paths that are named in more than one place.

/// The function that older callers know for syncs.
pub const ADS_SYNC: &str = "/functions/v1/apishopee-ads-sync";
/// The function that older callers know for budgets.
pub const ADS_SCHEDULER: &str = "/functions/v1/shopee-ads-scheduler";
/// Where Shopee's consent page sends the seller's browser.
pub const CALLBACK: &str = "/oauth/shopee/callback";
