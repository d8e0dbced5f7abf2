//! Every bound of the protocol, in one place; how they must relate is checked when this compiles.

/// Ids in one Shopee call (Shopee: `campaign_id_list` of the ads endpoints).
pub const IDS_PER_CALL_MAX: usize = shopee::limits::IDS_PER_CALL_MAX;
/// Campaigns in one chunk. Above [`IDS_PER_CALL_MAX`] a chunk takes several calls.
pub const CHUNK_SIZE_MAX: u32 = 150;
/// Default campaigns in one chunk: one call.
pub const CHUNK_SIZE_DEFAULT: u32 = 100;
/// Runs with at most this many campaigns are direct by default.
pub const DIRECT_THRESHOLD_DEFAULT: u32 = 200;
/// Largest direct threshold that can be set.
pub const DIRECT_THRESHOLD_MAX: u32 = 2_000;
/// Chunks of one shop that may be queued or running at once, by default.
pub const WINDOW_CHUNKS_DEFAULT: u32 = 5;
/// Largest window that can be set.
pub const WINDOW_CHUNKS_MAX: u32 = 50;
/// Ids asked for in one page of the listing, by default.
pub const LIST_PAGE_SIZE_DEFAULT: u32 = 1_000;
/// Largest page that can be asked for (the sample value of Shopee's documentation).
pub const LIST_PAGE_SIZE_MAX: u32 = shopee::limits::PAGE_IDS_MAX;
/// Pages of one listing. A listing that has not ended by then fails with the reason.
pub const LIST_PAGES_MAX: u32 = 2_000;
/// Campaigns of one plan.
pub const PLAN_CAMPAIGNS_MAX: usize = 200_000;
/// Time for one attempt at a chunk or one page of a listing, by default, in seconds.
pub const LEASE_SECONDS_DEFAULT: u32 = 60;
/// Shortest lease that can be set, in seconds. Longer than one call may take.
pub const LEASE_SECONDS_MIN: u32 = 5;
/// Longest lease that can be set, in seconds.
pub const LEASE_SECONDS_MAX: u32 = 600;
/// Attempts at a chunk before it counts as failed, by default.
pub const ATTEMPTS_DEFAULT: u32 = 5;
/// Largest number of attempts that can be set.
pub const ATTEMPTS_MAX: u32 = 20;
/// A chunk message that nobody has claimed after this time is taken for lost, in milliseconds.
pub const QUEUED_MS_MAX: i64 = 10 * 60 * 1_000;
/// Time between two projections that nothing urges, in milliseconds.
pub const PROJECTION_INTERVAL_MS: i64 = 1_000;
/// Jobs that one run may serve at once.
pub const JOBS_PER_RUN_MAX: usize = 100;
/// Quarantined ids that a chunk's result names; the rest is only counted.
pub const QUARANTINED_NAMED_MAX: usize = 20;
/// Days that a backfill of one day may reach back (Shopee: performance is kept for six months).
pub const DAYS_AGO_MAX: i64 = 180;
/// Days of a full backfill, today included (Shopee restates a day for seven days).
pub const BACKFILL_DAYS: i64 = 7;
/// First wait after a failed attempt, in milliseconds; doubles an attempt.
pub const BACK_OFF_BASE_MS: i64 = 1_000;
/// Longest wait after a failed attempt, in milliseconds.
pub const BACK_OFF_MAX_MS: i64 = 60 * 1_000;
/// First wait after Shopee has throttled the shop or the app, in milliseconds.
pub const THROTTLED_BASE_MS: i64 = 5_000;
/// Longest text of an error that is stored or shown, in characters.
pub const ERROR_TEXT_MAX: usize = 500;

const _: () = assert!(CHUNK_SIZE_DEFAULT <= CHUNK_SIZE_MAX);
const _: () = assert!(CHUNK_SIZE_DEFAULT as usize <= IDS_PER_CALL_MAX);
const _: () = assert!(DIRECT_THRESHOLD_DEFAULT <= DIRECT_THRESHOLD_MAX);
const _: () = assert!(WINDOW_CHUNKS_DEFAULT <= WINDOW_CHUNKS_MAX);
const _: () = assert!(LIST_PAGE_SIZE_DEFAULT <= LIST_PAGE_SIZE_MAX);
const _: () =
    assert!(LEASE_SECONDS_MIN <= LEASE_SECONDS_DEFAULT && LEASE_SECONDS_DEFAULT <= LEASE_SECONDS_MAX);
const _: () = assert!(LEASE_SECONDS_MAX as i64 * 1_000 <= QUEUED_MS_MAX);
const _: () = assert!(ATTEMPTS_DEFAULT <= ATTEMPTS_MAX);
const _: () = assert!(BACK_OFF_BASE_MS <= THROTTLED_BASE_MS && THROTTLED_BASE_MS <= BACK_OFF_MAX_MS);
const _: () = assert!(BACKFILL_DAYS <= shopee::limits::PERFORMANCE_DAYS_MAX);
