//! All bounds of the server.

/// Largest request body, in bytes: a control call that deletes every campaign of the largest shop.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most open connections; more are closed at once.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Most shops.
pub const SHOPS_MAX: usize = 10_000;
/// Most campaigns of one shop, deleted ones included.
pub const CAMPAIGNS_MAX: u32 = 200_000;
/// Most campaigns of all shops together.
pub const CAMPAIGNS_TOTAL_MAX: u64 = 2_000_000;
/// Most calls kept; the oldest are dropped.
pub const CALLS_MAX: usize = 200_000;
/// Most edits kept, of all shops; the oldest are dropped, and their reference ids with them.
pub const EDITS_MAX: usize = 100_000;
/// Most edits of one campaign that reads do not show yet; if there are more, the oldest is shown early.
pub const UNSEEN_EDITS_MAX: usize = 100;
/// Longest reference id of an edit, in bytes.
pub const REFERENCE_ID_BYTES_MAX: usize = 200;
/// Most faults at a time.
pub const FAULTS_MAX: usize = 1_000;
/// Most tokens and codes of each kind; the oldest are dropped.
pub const TOKENS_MAX: usize = 100_000;
/// Most days that one question for the truth may span.
pub const TRUTH_DAYS_MAX: i64 = 400;
/// Most days of shop totals cached for one shop.
pub const TOTALS_DAYS_MAX: usize = 400;
/// Most campaign ids in one call (Shopee: `campaign_id_list` of the campaign endpoints).
pub const IDS_PER_CALL_MAX: usize = 100;
/// Most days, first and last included, in one call (Shopee says one month; 31 days are refused).
pub const DAYS_PER_CALL_MAX: i64 = 30;
/// Largest setting of refused calls before the app is locked.
pub const LOCK_REFUSALS_MAX: u32 = 10_000;
/// Longest name of a shop or campaign, in bytes.
pub const NAME_BYTES_MAX: usize = 500;
/// Longest delay, hold or lag that may be set, in milliseconds.
pub const DELAY_MS_MAX: u64 = 600_000;
