//! All bounds of this client.

/// Largest answer, in bytes, that the client reads. A [`Transport`](crate::Transport) should stop reading there
/// and return [`TransportError::TooLarge`](crate::TransportError::TooLarge), so that memory stays bounded.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most campaign ids in one call (Shopee: `campaign_id_list` of the campaign endpoints).
pub const IDS_PER_CALL_MAX: usize = 100;
/// Most ids that one page of the listing may ask for (Shopee: the sample value of `limit` in
/// v2.ads.get_product_level_campaign_id_list; no maximum is published).
pub const PAGE_IDS_MAX: u32 = 5_000;
/// Most days, first and last included, that one performance call may cover (Shopee says one month;
/// 31 days are refused).
pub const PERFORMANCE_DAYS_MAX: i64 = 30;
/// Longest wait taken from a `Retry-After` header, in seconds.
pub const RETRY_AFTER_S_MAX: u32 = 3_600;
/// Lifetime of an access token, in seconds (Shopee: v2.public.get_access_token), used if the answer's value is
/// implausible.
pub const ACCESS_TOKEN_LIFE_S: i64 = 14_400;
/// Longest plausible lifetime of an access token, in seconds. Larger values are timestamps, not durations: Shopee's own sample
/// has one.
pub const ACCESS_TOKEN_LIFE_S_MAX: i64 = 30 * 86_400;
/// Amounts of money must stay below this, in major units: what `DECIMAL(15,2)` can hold.
pub const MONEY_MAX: f64 = 1e13;
/// Longest reference id of an edit, in bytes. Shopee publishes no bound; this one fits two UUIDs.
pub const REFERENCE_ID_BYTES_MAX: usize = 80;
/// Largest counter: the integers that every JSON reader represents exactly.
pub const COUNT_MAX: i64 = (1 << 53) - 1;
/// Longest sample of a malformed row, in characters.
pub const SAMPLE_CHARS_MAX: usize = 500;
/// Longest quotation of Shopee's text in an error, in characters.
pub const ERROR_TEXT_CHARS_MAX: usize = 300;
/// Most unknown fields reported for one answer.
pub const UNKNOWN_FIELDS_MAX: usize = 20;
/// Longest reported path of a field, in characters.
pub const FIELD_CHARS_MAX: usize = 100;
/// Longest sample of an unknown field, in characters.
pub const UNKNOWN_SAMPLE_CHARS_MAX: usize = 100;
