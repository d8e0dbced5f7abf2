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
/// Each page of a listing begins this share of a page early, so that deletions meanwhile do not hide rows.
pub const OVERLAP_SHARE: u32 = 10;
/// Rows by which a page begins early, at most: what may be deleted between two pages without going back.
pub const OVERLAP_ROWS_MAX: u32 = 50;
/// Pages of one listing. A listing that has not ended by then fails with the reason.
pub const LIST_PAGES_MAX: u32 = 2_000;
/// Campaigns of one plan.
pub const PLAN_CAMPAIGNS_MAX: usize = 200_000;
/// Ids of the plan in one stored value.
pub const PLAN_PAGE_IDS: usize = 5_000;
/// Largest value that an object stores, in bytes (Durable Objects: 2 MB a row).
pub const VALUE_BYTES_MAX: usize = 1_000_000;
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
/// A message that nobody has claimed after this time is taken for lost and sent again, by default, in seconds.
pub const QUEUED_SECONDS_DEFAULT: u32 = 120;
/// Shortest such time that can be set, in seconds.
pub const QUEUED_SECONDS_MIN: u32 = 5;
/// Longest such time that can be set, in seconds.
pub const QUEUED_SECONDS_MAX: u32 = 3_600;
/// Start messages that nobody has answered, one after another, before a run is given up: an hour and a half by default.
pub const UNANSWERED_MAX: u32 = 8;
/// Longest pause between two of them, in milliseconds, unless `queued_seconds` is longer; the pauses double until then.
pub const UNANSWERED_MS_MAX: i64 = 15 * 60 * 1_000;
/// New tokens for one piece of work: the first may be one that was refreshed earlier and could not be stored, and revoked since.
pub const TOKEN_RENEWALS_MAX: u32 = 2;
/// Longest life of a run, waits and pauses included, in milliseconds. Then it fails with what it waits for.
pub const RUN_MS_MAX: i64 = 3 * 24 * 3_600 * 1_000;
/// Smallest size to which chunks shrink when they are slow or fail.
pub const CHUNK_SIZE_MIN: u32 = 25;
/// The time that the size of chunks aims at, in milliseconds.
pub const CHUNK_TARGET_MS: u64 = 2_000;
/// Longest time for the work of one attempt, waits for permits not counted, in milliseconds.
pub const ATTEMPT_MS_MAX: i64 = 9_500;
/// Above this time of a chunk the caller of a chunk is told to lower its size, in milliseconds.
pub const CHUNK_MS_MAX: i64 = 10_000;
/// Calls a second of one shop, by default and at most. Shopee publishes no figure; production clients keep about one
/// second between two calls of a shop.
pub const SHOP_CALLS_PER_SECOND_DEFAULT: f64 = 2.0;
/// Largest rate of a shop that can be set.
pub const SHOP_CALLS_PER_SECOND_MAX: f64 = 1_000.0;
/// Calls a second of one partner app, by default and at most: what a production client was seen to keep to.
pub const APP_CALLS_PER_SECOND_DEFAULT: f64 = 3.0;
/// Largest rate of an app that can be set.
pub const APP_CALLS_PER_SECOND_MAX: f64 = 5_000.0;
/// Smallest rate, set or learned.
pub const CALLS_PER_SECOND_MIN: f64 = 0.1;
/// How late a permit may still be used, in milliseconds.
pub const PERMIT_LATE_MS: i64 = 250;
/// A slot this near is given at once; for a later one the caller comes again, so that it can still be taken back.
pub const PERMIT_NEAR_MS: i64 = 100;
/// How far ahead the governor gives a shop its next slots, in milliseconds. When all are taken, the shop asks again.
pub const SLOT_AHEAD_MS: i64 = 5 * 60 * 1_000;
/// A slot of a run this near is the shop's, in milliseconds; a later one gives way to calls that come first.
pub const SLOT_NEAR_MS: i64 = 2_500;
/// Slots that all shops may hold at a time, in equal parts, as the app's calls in so many milliseconds: what a shop holds
/// is how far it can be ahead of others in what it gets.
pub const OWN_AHEAD_MS: i64 = 750;
/// How far ahead those who wait for the shop's next question to the governor take turns, in milliseconds.
pub const TURNS_MS_MAX: i64 = 2_000;
/// How far the further slots of a block may be from its first one, in milliseconds.
pub const BLOCK_SPAN_MS: i64 = 60_000;
/// Slots in one block: about the calls of one chunk.
pub const BLOCK_SLOTS_MAX: u32 = 16;
/// Slots of one app that are given out and not yet over.
pub const SLOTS_MAX: usize = 5_000;
/// A consumer waits this long at most until a slot is given for its first call, in milliseconds; then its chunk goes back.
/// The slot itself is at most as far again. Once it has called, it waits longer, since its calls would have been for nothing.
pub const PERMIT_PATIENCE_MS: i64 = 10_000;
/// How long a consumer that has called waits for the permits of its other calls together, in milliseconds.
pub const WORKING_PATIENCE_MS: i64 = 5 * 60 * 1_000;
/// A chunk that has gone back comes again this long before its slot, in milliseconds: its message needs time.
pub const SLOT_LEAD_MS: i64 = 5_000;
/// The hold of a shop whose governor has not answered yet, in milliseconds.
pub const INTERIM_HOLD_MS: i64 = 2_000;
/// Time between two rises of a shop's rate, in milliseconds.
pub const SHOP_RISE_MS: i64 = 60_000;
/// Time between two rises of an app's rate, in milliseconds. Long, since Shopee locks an app that keeps overrunning.
pub const APP_RISE_MS: i64 = 10 * 60 * 1_000;
/// First pause after Shopee has refused the app, by default, in seconds; doubles a refusal.
pub const BREAKER_SECONDS_DEFAULT: u32 = 300;
/// Longest first pause that can be set, in seconds; also the longest pause at all.
pub const BREAKER_SECONDS_MAX: u32 = 3_600;
/// Endpoints whose calls of the day were used up within [`QUOTA_MS`] of each other mean that it is the app's day.
pub const QUOTA_ENDPOINTS: usize = 3;
/// See [`QUOTA_ENDPOINTS`], in milliseconds.
pub const QUOTA_MS: i64 = 3_600 * 1_000;
/// Time between two calls that try whether what was used up can be called again, in milliseconds.
pub const QUOTA_PROBE_MS: i64 = 3_600 * 1_000;
/// A probe whose outcome nobody tells is given up after this time, in milliseconds.
pub const PROBE_MS_MAX: i64 = 60_000;
/// While a probe is under way, others ask again after this time, in milliseconds.
pub const PROBE_LOOK_MS: i64 = 1_000;
/// Shops that are throttled within [`STORM_MS`] of each other mean that it is the app's tier.
pub const STORM_SHOPS: usize = 3;
/// See [`STORM_SHOPS`], in milliseconds.
pub const STORM_MS: i64 = 10_000;
/// Longest pause of a shop that Shopee throttles, in milliseconds.
pub const SHOP_PAUSE_MS_MAX: i64 = 15 * 60 * 1_000;
/// Waits shorter than this are not shown to the operator, in milliseconds.
pub const SHOWN_WAIT_MS_MIN: i64 = 5_000;
/// Time between two projections that nothing urges, in milliseconds.
pub const PROJECTION_INTERVAL_MS: i64 = 1_000;
/// Jobs that one run may serve at once.
pub const JOBS_PER_RUN_MAX: usize = 100;
/// Quarantined ids that a chunk's result names; the rest is only counted.
pub const QUARANTINED_NAMED_MAX: usize = 20;
/// Kinds of drift that a chunk's result names.
pub const DRIFT_NAMED_MAX: usize = 10;
/// Kinds of drift that are reported of a run.
pub const DRIFT_OF_RUN_MAX: usize = 50;
/// Days that a backfill of one day may reach back (Shopee: performance is kept for six months).
pub const DAYS_AGO_MAX: i64 = 180;
/// Days of performance of a realtime run, today included, by default.
pub const REALTIME_DAYS_DEFAULT: u32 = 2;
/// Most days of a realtime run that can be set.
pub const REALTIME_DAYS_MAX: u32 = 8;
/// Days of hourly performance of a realtime run, today included, by default.
pub const REALTIME_HOURLY_DAYS_DEFAULT: u32 = 1;
/// Days of a full backfill, today included, by default: orders count for a click of the seven days before, and so does a day
/// change until the seventh after it is over.
pub const BACKFILL_DAYS_DEFAULT: u32 = 8;
/// Most days of a full backfill: one call's worth.
pub const BACKFILL_DAYS_MAX: u32 = shopee::limits::PERFORMANCE_DAYS_MAX as u32;
/// A day of a shop begins at most this long before the same date in UTC, and ends at most as much after it, in
/// milliseconds (UTC+14, UTC−12).
pub const ZONE_MS_MAX: i64 = 14 * 3_600 * 1_000;
/// First wait after a failed attempt, in milliseconds; doubles an attempt.
pub const BACK_OFF_BASE_MS: i64 = 1_000;
/// Longest wait after a failed attempt, in milliseconds.
pub const BACK_OFF_MAX_MS: i64 = 60 * 1_000;
/// First wait after Shopee has throttled the shop or the app, in milliseconds.
pub const THROTTLED_BASE_MS: i64 = 5_000;
/// Largest budget, in hundredths: what DECIMAL(15,2) holds.
pub const BUDGET_HUNDREDTHS_MAX: i64 = 999_999_999_999_999;
/// Schedules of one campaign. Each has a start of its own, and a day has 48 half hours.
pub const SCHEDULES_PER_CAMPAIGN_MAX: usize = 100;
/// Schedules of one shop.
pub const SCHEDULES_PER_SHOP_MAX: usize = 20_000;
/// Dates of one schedule.
pub const SCHEDULE_DATES_MAX: usize = 366;
/// Days that a preview of budgets shows.
pub const PREVIEW_DAYS_MAX: u32 = 7;
/// How far a shop's wall clock goes back at most when summer time ends, in minutes. More is another time zone.
pub const CLOCK_BACK_MINUTES_MAX: i64 = 180;
/// Days for which it is remembered what became of a slot. It must outlast the clock going back over midnight.
pub const SLOT_MEMORY_DAYS: u64 = 2;
/// Slots that were missed, told of at one look at a shop.
pub const MISSED_SLOTS_MAX: usize = 200;
/// Longest `reference_id` of an edit, in characters.
pub const REFERENCE_ID_MAX: usize = 64;
/// Longest pause before an edit is tried again that Shopee has refused for now, in minutes; the first is one, and each next
/// one twice as long.
pub const BUDGET_PAUSE_MINUTES_MAX: i64 = 30;
/// Pause before a debt is tried again that Shopee has refused for good, in minutes.
pub const DEBT_PAUSE_MINUTES: i64 = 24 * 60;
/// Edits of one budget write, the first included. All carry the same reference id, unless that is used up.
pub const BUDGET_EDITS_MAX: u32 = 3;
/// Reads that may fail before a write is given up, or its outcome is unknown.
pub const BUDGET_READ_FAILURES_MAX: u32 = 3;
/// Reads after an edit that must show another budget than the wanted one before that is believed.
pub const BUDGET_READ_BACKS_MAX: u32 = 3;
/// Wait before the first read after an edit, in milliseconds; doubles a read. Shopee says nothing about this delay.
pub const READ_BACK_WAIT_MS: i64 = 1_000;
/// Longest such wait, in milliseconds.
pub const READ_BACK_WAIT_MS_MAX: i64 = 8_000;
/// Longest sum of the waits of one budget write, in milliseconds. A schedule may run for 15 minutes.
pub const BUDGET_WRITE_WAIT_MS_MAX: i64 = 3 * 60 * 1_000;
/// Largest change in percent that a guard rail can be set to.
pub const CHANGE_PERCENT_MAX: u32 = 100_000;
/// Time between two ticks of the budget scheduler, in seconds.
pub const BUDGET_TICK_SECONDS: u32 = 30 * 60;
/// How far ahead a tick sees to the beginnings and ends of slots, in seconds: until a minute before the next one.
pub const BUDGET_HORIZON_SECONDS: u32 = BUDGET_TICK_SECONDS - 60;
/// Noted changes of schedules and rules that one tick takes up; the next one takes up more.
pub const BUDGET_CHANGES_MAX: u32 = 5_000;
/// Who writes a shop's budgets holds it for this time, in seconds; each thing that is stored begins it anew. Then
/// another one may go on, after a crash.
pub const BUDGET_LEASE_SECONDS: u32 = 120;
/// Campaigns of one shop that are written in one go. Then it is another shop's turn, so that none waits for a large one.
pub const BUDGET_WAVE_CAMPAIGNS: usize = 25;
/// Shops that one invocation works on at a time: the batch size of their queue, `wrangler.toml`. While some wait before they
/// read back, the others use the app's calls.
pub const BUDGET_SHOPS_AT_ONCE: usize = 10;
/// Edits of one shop that wait for their permits or are under way. Of an invocation's calls 6 wait for an answer at a time
/// (Cloudflare Workers limits): more only meet where an app's rate times the time of a call is more, and then they take turns.
pub const BUDGET_EDITS_AT_ONCE: usize = 2;
/// Longest work on one shop by one message, in milliseconds; what is left is sent on.
pub const BUDGET_WORK_MS_MAX: i64 = 8 * 60 * 1_000;
/// Longest work on one shop by one request, in milliseconds.
pub const BUDGET_REQUEST_MS_MAX: i64 = 25_000;
/// For so long after the question an answer holds that an edit may be sent, in milliseconds: a stop that comes later than
/// that is not overtaken.
pub const ARMED_MS_MAX: i64 = 1_500;
/// Shops of one app that are at work at once by the queue processor's hand, by default: as many as there are consumers of start
/// messages, of which a direct run keeps one busy. The next one is begun when one has ended, so that shops are done in turn
/// instead of all being begun and none done.
pub const PLACES_DEFAULT: i32 = 50;
/// A job that is claimed counts as lost when its run has shown nothing for this long, in seconds.
pub const CLAIM_SECONDS: i32 = 900;
/// Wait between two looks at the line of jobs while somebody stands in it, in milliseconds.
pub const INTAKE_PAUSE_MS: i64 = 2_000;
/// The pause after a look that has handed out jobs, in milliseconds: small runs end within a second, and others are due.
pub const INTAKE_BUSY_PAUSE_MS: i64 = 500;
/// A tick of the queue processor looks no more after this time, in milliseconds: the next one does.
pub const INTAKE_MS_MAX: i64 = 5 * 60 * 1_000 - 20_000;
/// Wait before a message comes again that could not be handled, in seconds; doubles a delivery.
pub const REDELIVERY_SECONDS: u32 = 5;
/// Longest such wait, in seconds: whoever was held up by an outage goes on soon after it.
pub const REDELIVERY_SECONDS_MAX: u32 = 300;
/// Deliveries after the first one until a message is a dead letter (`max_retries` in wrangler.toml).
pub const REDELIVERIES: u32 = 10;
/// Longest wait before a dead letter comes again that could not be stored, in seconds.
pub const DEAD_REDELIVERY_SECONDS_MAX: u32 = 3_600;
/// The same of dead letters, which are lost after them (Cloudflare Queues limits: 100).
pub const DEAD_REDELIVERIES: u32 = 100;
/// An outage of Postgres that costs no dead letter, in seconds.
pub const OUTAGE_SECONDS: u32 = 20 * 60;
/// Rows of a table that one statement of the nightly clean-up deletes, at most.
pub const RETENTION_BATCH: i64 = 20_000;
/// Partner keys that one statement reads to seal them anew.
pub const RESEAL_PAGE: i64 = 100;
/// Pages of them a night.
pub const RESEAL_PAGES_MAX: u32 = 100;
/// The clean-up begins no further statement after this time, in milliseconds. A schedule may run for 15 minutes.
pub const RETENTION_MS_MAX: i64 = 10 * 60 * 1_000;
/// Longest text of an error that is stored or shown, in characters.
pub const ERROR_TEXT_MAX: usize = 500;

const _: () = assert!(CHUNK_SIZE_DEFAULT <= CHUNK_SIZE_MAX);
const _: () = assert!(CHUNK_SIZE_DEFAULT as usize <= IDS_PER_CALL_MAX);
const _: () = assert!(DIRECT_THRESHOLD_DEFAULT <= DIRECT_THRESHOLD_MAX);
const _: () = assert!(WINDOW_CHUNKS_DEFAULT <= WINDOW_CHUNKS_MAX);
// An id has at most 20 characters, and a comma.
const _: () = assert!(PLAN_PAGE_IDS * 21 < VALUE_BYTES_MAX / 2);
// A slot is its time and its shop.
const _: () = assert!(SLOTS_MAX * 2 * 22 < VALUE_BYTES_MAX / 2);
const _: () = assert!(LIST_PAGE_SIZE_DEFAULT <= LIST_PAGE_SIZE_MAX);
const _: () =
    assert!(LEASE_SECONDS_MIN <= LEASE_SECONDS_DEFAULT && LEASE_SECONDS_DEFAULT <= LEASE_SECONDS_MAX);
const _: () =
    assert!(QUEUED_SECONDS_MIN <= QUEUED_SECONDS_DEFAULT && QUEUED_SECONDS_DEFAULT <= QUEUED_SECONDS_MAX);
const _: () = assert!(UNANSWERED_MAX as i64 * QUEUED_SECONDS_MAX as i64 * 1_000 < RUN_MS_MAX);
const _: () = assert!(UNANSWERED_MAX as i64 * UNANSWERED_MS_MAX < RUN_MS_MAX);
const _: () = assert!(CHUNK_SIZE_MIN <= CHUNK_SIZE_DEFAULT);
const _: () = assert!((CHUNK_TARGET_MS as i64) < ATTEMPT_MS_MAX && ATTEMPT_MS_MAX < CHUNK_MS_MAX);
// A consumer that waits for permits and then works must end within its lease.
const _: () = assert!(ATTEMPT_MS_MAX + 2 * PERMIT_PATIENCE_MS < LEASE_SECONDS_DEFAULT as i64 * 1_000);
const _: () = assert!(PERMIT_NEAR_MS <= PERMIT_LATE_MS && PERMIT_LATE_MS < SLOT_LEAD_MS);
const _: () = assert!(OWN_AHEAD_MS < TURNS_MS_MAX && TURNS_MS_MAX < SLOT_NEAR_MS);
const _: () = assert!(
    SLOT_NEAR_MS < SLOT_LEAD_MS && SLOT_LEAD_MS < PERMIT_PATIENCE_MS && BLOCK_SPAN_MS <= SLOT_AHEAD_MS
);
const _: () = assert!(BREAKER_SECONDS_DEFAULT <= BREAKER_SECONDS_MAX);
const _: () = assert!(PROBE_LOOK_MS < PROBE_MS_MAX && PROBE_MS_MAX + SLOT_AHEAD_MS < QUOTA_PROBE_MS);
const _: () = assert!(SHOP_CALLS_PER_SECOND_DEFAULT <= APP_CALLS_PER_SECOND_DEFAULT);
// Waits that are allowed for must not be what ends a run.
const _: () = assert!(24 * 3_600 * 1_000 < RUN_MS_MAX && (BREAKER_SECONDS_MAX as i64) * 1_000 < RUN_MS_MAX);
const _: () = assert!(ATTEMPTS_DEFAULT <= ATTEMPTS_MAX);
const _: () = assert!(BACK_OFF_BASE_MS <= THROTTLED_BASE_MS && THROTTLED_BASE_MS <= BACK_OFF_MAX_MS);
const _: () = assert!(BACKFILL_DAYS_DEFAULT <= BACKFILL_DAYS_MAX && REALTIME_DAYS_MAX <= BACKFILL_DAYS_MAX);
const _: () = assert!(
    REALTIME_HOURLY_DAYS_DEFAULT <= REALTIME_DAYS_DEFAULT && REALTIME_DAYS_DEFAULT <= REALTIME_DAYS_MAX
);
const _: () = assert!(shopee::limits::PERFORMANCE_DAYS_MAX == 30);
// What the waits of a write can add up to: before its first edit, and after each edit, one a read.
const _: () = assert!(
    READ_BACK_WAIT_MS_MAX
        * (BUDGET_READ_FAILURES_MAX + BUDGET_EDITS_MAX * (BUDGET_READ_FAILURES_MAX + BUDGET_READ_BACKS_MAX))
            as i64
        <= BUDGET_WRITE_WAIT_MS_MAX
);
const _: () =
    assert!(READ_BACK_WAIT_MS <= READ_BACK_WAIT_MS_MAX && BUDGET_WRITE_WAIT_MS_MAX < RETENTION_MS_MAX);
const _: () = assert!(BUDGET_EDITS_MAX > 0 && BUDGET_READ_FAILURES_MAX > 0 && BUDGET_READ_BACKS_MAX > 0);
// A reference id is a UUID, a date of eight digits, a form of eight, a letter and a number of up to eight, with separators.
const _: () = assert!(36 + 1 + 8 + 1 + 8 + 1 + 1 + 8 <= REFERENCE_ID_MAX);
const _: () = assert!(BUDGET_PAUSE_MINUTES_MAX <= DEBT_PAUSE_MINUTES);
const _: () = assert!(BUDGET_WAVE_CAMPAIGNS <= IDS_PER_CALL_MAX);
// By default no more calls are under way than an invocation may wait for, if they take up to two seconds.
const _: () = assert!(APP_CALLS_PER_SECOND_DEFAULT * 2.0 <= 6.0);
// A consumer may run for 15 minutes (Cloudflare Queues limits); a write may be under way when the time is up.
const _: () = assert!(
    BUDGET_REQUEST_MS_MAX <= BUDGET_WORK_MS_MAX
        && BUDGET_REQUEST_MS_MAX < BUDGET_LEASE_SECONDS as i64 * 1_000
);
const _: () = assert!(BUDGET_WORK_MS_MAX + BUDGET_WRITE_WAIT_MS_MAX < 15 * 60 * 1_000);
// Between two things that are stored there is at most a wait for a permit, its slot, and a call; or a wait for a read.
const _: () =
    assert!(2 * PERMIT_PATIENCE_MS + READ_BACK_WAIT_MS_MAX + 60_000 < BUDGET_LEASE_SECONDS as i64 * 1_000);
// A message lives through an outage, and a dead letter until its queue forgets it (Cloudflare Queues limits: four days).
const _: () = assert!(
    redelivered_for(REDELIVERIES, REDELIVERY_SECONDS_MAX) > OUTAGE_SECONDS
        && redelivered_for(DEAD_REDELIVERIES, DEAD_REDELIVERY_SECONDS_MAX) > 3 * 24 * 3_600
        && redelivered_for(DEAD_REDELIVERIES, DEAD_REDELIVERY_SECONDS_MAX) < 4 * 24 * 3_600
);
// Each look may send messages, and the platform lets an invocation make a thousand requests.
const _: () = assert!(INTAKE_MS_MAX / INTAKE_BUSY_PAUSE_MS < 600);
const _: () = assert!(INTAKE_BUSY_PAUSE_MS < INTAKE_PAUSE_MS);
// Nothing is due for longer than a look takes, from one tick to the next; and ticks do not pile up.
const _: () = assert!(INTAKE_PAUSE_MS < INTAKE_MS_MAX && INTAKE_MS_MAX < 5 * 60 * 1_000);
const _: () = assert!(CLOCK_BACK_MINUTES_MAX < SLOT_MEMORY_DAYS as i64 * 24 * 60);
const _: () =
    assert!(SCHEDULES_PER_CAMPAIGN_MAX <= SCHEDULES_PER_SHOP_MAX && SCHEDULES_PER_CAMPAIGN_MAX <= 24 * 60);

/// The wait before a message comes again, in seconds, when it has been delivered so many times.
#[must_use]
pub const fn redelivery_seconds(deliveries: u32, max: u32) -> u32 {
    let doublings = deliveries.saturating_sub(1);
    let factor = if doublings < 16 { 1 << doublings } else { 1 << 16 };
    let seconds = REDELIVERY_SECONDS * factor;
    if seconds < max { seconds } else { max }
}

/// The sum of these waits, in seconds.
const fn redelivered_for(deliveries: u32, max: u32) -> u32 {
    let (mut sum, mut nth) = (0, 1);
    while nth <= deliveries {
        sum += redelivery_seconds(nth, max);
        nth += 1;
    }
    sum
}
