//! Every limit of the protocol; their relations are checked at compile time.

/// Ids in one Shopee call (Shopee: `campaign_id_list` of the ads endpoints).
pub const IDS_PER_CALL_MAX: usize = shopee::limits::IDS_PER_CALL_MAX;
/// Campaigns in one chunk. Above [`IDS_PER_CALL_MAX`] a chunk takes several calls.
pub const CHUNK_SIZE_MAX: u32 = 150;
/// Default number of campaigns in one chunk: one call.
pub const CHUNK_SIZE_DEFAULT: u32 = 100;
/// Runs with at most this many campaigns are direct by default.
pub const DIRECT_THRESHOLD_DEFAULT: u32 = 200;
/// Largest direct threshold that can be set.
pub const DIRECT_THRESHOLD_MAX: u32 = 2_000;
/// Chunks of one shop that may be queued or leased at once, by default: those that call ([`CALLS_AT_ONCE`]), and some that
/// are being written meanwhile.
pub const WINDOW_CHUNKS_DEFAULT: u32 = 8;
/// Largest window that can be set.
pub const WINDOW_CHUNKS_MAX: u32 = 50;
/// Calls to Shopee that one invocation makes at once. With its connection to Postgres these are the 6 that may wait for an
/// answer (Cloudflare Workers limits).
pub const CALLS_AT_ONCE: usize = 5;
/// Messages of one batch: the batch size of the start and chunk queues in `wrangler.toml`.
pub const BATCH_MESSAGES_MAX: usize = 8;
/// Time between two calls of a lane that its chunks' durations do not show, in milliseconds: the questions to the object.
pub const LANE_GAP_MS: u64 = 100;
/// Time after which a lane takes no further chunk and hands its place back by a message, in milliseconds: shops take turns
/// at the consumers, and a message, which takes up to half a second, is a thirtieth of it.
pub const LANE_MS_MAX: i64 = 15_000;
/// Time after which a lane takes a chunk whose message has not come, in milliseconds.
pub const MESSAGE_SLOW_MS: i64 = 1_000;
/// Longest known wait for a permit with which a shop's only lane goes on, in milliseconds; others wait for at most
/// [`PERMIT_NEAR_MS`]. One that would wait longer hands its place back, so that other shops use the consumer and their own
/// slots meanwhile.
pub const LANE_WAIT_MS_MAX: i64 = 1_000;
/// Time after which a lane that has found no chunk looks again, in milliseconds.
pub const LOOK_AGAIN_MS: i64 = 100;
/// Longest time that a lane waits for a chunk, in milliseconds; then its consumer is free for others.
pub const LANE_IDLE_MS_MAX: i64 = 2_000;
/// Time after which a lane that should look again counts as lost, in milliseconds, and a message takes its place.
pub const LANE_MISSED_MS: i64 = 1_000;
/// Most chunks of one lane.
pub const LANE_CHUNKS_MAX: u32 = 100;
/// Ids requested in one page of the listing, by default.
pub const LIST_PAGE_SIZE_DEFAULT: u32 = 1_000;
/// Largest page that can be requested (the sample value of Shopee's documentation).
pub const LIST_PAGE_SIZE_MAX: u32 = shopee::limits::PAGE_IDS_MAX;
/// Each page of a listing starts early by a page divided by this, so that deletions meanwhile do not hide rows.
pub const OVERLAP_SHARE: u32 = 10;
/// Most rows by which a page starts early: as many may be deleted between two pages without going back.
pub const OVERLAP_ROWS_MAX: u32 = 50;
/// Most pages of one listing. A listing that takes more fails with that reason.
pub const LIST_PAGES_MAX: u32 = 2_000;
/// Before the listing has ended, at least this part of what is listed is left for later chunks: `1 / EARLY_SHARE`. Those
/// compare what is stored with the whole listing, each with up to this many times its own ids.
pub const EARLY_SHARE: u32 = 5;
/// Most campaigns in one plan.
pub const PLAN_CAMPAIGNS_MAX: usize = 200_000;
/// Ids of the plan in one stored value.
pub const PLAN_PAGE_IDS: usize = 5_000;
/// Largest value that an object stores, in bytes (Durable Objects: 2 MB a row).
pub const VALUE_BYTES_MAX: usize = 1_000_000;
/// Time for one attempt at a chunk or one page of a listing, by default, in seconds.
pub const LEASE_SECONDS_DEFAULT: u32 = 60;
/// Shortest lease that can be set, in seconds; longer than one call may take.
pub const LEASE_SECONDS_MIN: u32 = 5;
/// Longest lease that can be set, in seconds.
pub const LEASE_SECONDS_MAX: u32 = 600;
/// Attempts at a chunk before it counts as failed, by default.
pub const ATTEMPTS_DEFAULT: u32 = 5;
/// Largest number of attempts that can be set.
pub const ATTEMPTS_MAX: u32 = 20;
/// Time after which an unclaimed message counts as lost and is sent again, by default, in seconds.
pub const QUEUED_SECONDS_DEFAULT: u32 = 120;
/// Shortest such time that can be set, in seconds.
pub const QUEUED_SECONDS_MIN: u32 = 5;
/// Longest such time that can be set, in seconds.
pub const QUEUED_SECONDS_MAX: u32 = 3_600;
/// Consecutive unanswered start messages before a run is given up: an hour and a half by default.
pub const UNANSWERED_MAX: u32 = 8;
/// Longest pause between two of them, in milliseconds, unless `queued_seconds` is longer; the pauses double up to this.
pub const UNANSWERED_MS_MAX: i64 = 15 * 60 * 1_000;
/// Token renewals for one piece of work: the first may return a token that was refreshed earlier, could not be stored
/// and was revoked since.
pub const TOKEN_RENEWALS_MAX: u32 = 2;
/// Longest life of a run, including waits and pauses, in milliseconds. After that it fails and names what it waits for.
pub const RUN_MS_MAX: i64 = 3 * 24 * 3_600 * 1_000;
/// Smallest size to which chunks shrink when they are slow or fail.
pub const CHUNK_SIZE_MIN: u32 = 25;
/// Target duration for a chunk, in milliseconds.
pub const CHUNK_TARGET_MS: u64 = 2_000;
/// Longest work of one attempt, in milliseconds; excludes waits for permits.
pub const ATTEMPT_MS_MAX: i64 = 9_500;
/// Duration of a chunk above which its caller is told to lower the chunk size, in milliseconds.
pub const CHUNK_MS_MAX: i64 = 10_000;
/// Default maximum rate of one shop, in calls a second. Shopee publishes no figure; production clients leave about one
/// second between two calls of a shop.
pub const SHOP_CALLS_PER_SECOND_DEFAULT: f64 = 2.0;
/// Largest rate of a shop that can be set.
pub const SHOP_CALLS_PER_SECOND_MAX: f64 = 1_000.0;
/// Default maximum rate of one partner app, in calls a second: what a production client was observed to respect.
pub const APP_CALLS_PER_SECOND_DEFAULT: f64 = 3.0;
/// Largest rate of an app that can be set.
pub const APP_CALLS_PER_SECOND_MAX: f64 = 5_000.0;
/// Smallest rate, set or learned, in calls a second.
pub const CALLS_PER_SECOND_MIN: f64 = 0.1;
/// How late a permit may still be used, in milliseconds.
pub const PERMIT_LATE_MS: i64 = 250;
/// A slot this near is granted at once, in milliseconds; for a later one the caller comes back, so that it can still be
/// taken back.
pub const PERMIT_NEAR_MS: i64 = 400;
/// How far ahead the governor gives a shop its next slots, in milliseconds. When all are taken, the shop asks again.
pub const SLOT_AHEAD_MS: i64 = 5 * 60 * 1_000;
/// How near a run's slot must be to belong to the shop, in milliseconds; a later one gives way to calls with
/// precedence.
pub const SLOT_NEAR_MS: i64 = 2_500;
/// Slots that all shops together may hold at once, in equal parts, as the app's calls in this many milliseconds: it
/// limits how far a shop can get ahead of others.
pub const OWN_AHEAD_MS: i64 = 750;
/// How far ahead callers that wait for the shop's next question to the governor take turns, in milliseconds.
pub const TURNS_MS_MAX: i64 = 2_000;
/// Largest distance of a block's slots from its first slot, in milliseconds.
pub const BLOCK_SPAN_MS: i64 = 60_000;
/// Slots in one block: about the calls of one chunk.
pub const BLOCK_SLOTS_MAX: u32 = 16;
/// Most future slots that one app may have given out.
pub const SLOTS_MAX: usize = 5_000;
/// Longest wait of a consumer for a slot for its first call, in milliseconds; then its chunk goes back. The slot itself
/// is at most as far again. After its first call it waits longer, since its calls would otherwise be wasted.
pub const PERMIT_PATIENCE_MS: i64 = 10_000;
/// Longest total wait of a consumer that has already called for the permits of its other calls, in milliseconds.
pub const WORKING_PATIENCE_MS: i64 = 5 * 60 * 1_000;
/// How long before its slot a chunk that went back comes again, in milliseconds: its message needs time.
pub const SLOT_LEAD_MS: i64 = 5_000;
/// The hold of a shop until its governor answers, in milliseconds.
pub const INTERIM_HOLD_MS: i64 = 2_000;
/// Time between two increases of a shop's rate, in milliseconds.
pub const SHOP_RISE_MS: i64 = 60_000;
/// Time between two increases of an app's rate, in milliseconds. Long, since Shopee locks an app that keeps exceeding
/// limits.
pub const APP_RISE_MS: i64 = 10 * 60 * 1_000;
/// First pause after Shopee has refused the app, by default, in seconds; doubles with each refusal.
pub const BREAKER_SECONDS_DEFAULT: u32 = 300;
/// Longest first pause that can be set, in seconds; also the longest pause of all.
pub const BREAKER_SECONDS_MAX: u32 = 3_600;
/// If this many endpoints use up their day quota within [`QUOTA_MS`] of each other, it is the app's day quota.
pub const QUOTA_ENDPOINTS: usize = 3;
/// See [`QUOTA_ENDPOINTS`], in milliseconds.
pub const QUOTA_MS: i64 = 3_600 * 1_000;
/// Time between two calls that try whether a used-up quota is available again, in milliseconds.
pub const QUOTA_PROBE_MS: i64 = 3_600 * 1_000;
/// Time after which a probe without a reported outcome is given up, in milliseconds.
pub const PROBE_MS_MAX: i64 = 60_000;
/// Time after which others ask again while a probe is under way, in milliseconds.
pub const PROBE_LOOK_MS: i64 = 1_000;
/// If this many shops are throttled within [`STORM_MS`] of each other, it counts as a refusal of the app.
pub const STORM_SHOPS: usize = 3;
/// See [`STORM_SHOPS`], in milliseconds.
pub const STORM_MS: i64 = 10_000;
/// Longest pause of a shop that Shopee throttles, in milliseconds.
pub const SHOP_PAUSE_MS_MAX: i64 = 15 * 60 * 1_000;
/// Waits shorter than this are not shown to the operator, in milliseconds.
pub const SHOWN_WAIT_MS_MIN: i64 = 5_000;
/// Time between two projections that are not urgent, in milliseconds.
pub const PROJECTION_INTERVAL_MS: i64 = 1_000;
/// Jobs that one run may serve at once.
pub const JOBS_PER_RUN_MAX: usize = 100;
/// Quarantined ids named in a chunk's result; the rest is only counted.
pub const QUARANTINED_NAMED_MAX: usize = 20;
/// Kinds of drift named in a chunk's result.
pub const DRIFT_NAMED_MAX: usize = 10;
/// Kinds of drift reported for a run.
pub const DRIFT_OF_RUN_MAX: usize = 50;
/// How many days back a backfill of one day may reach (Shopee: performance is kept for six months).
pub const DAYS_AGO_MAX: i64 = 180;
/// Days of performance in a realtime run, including today, by default.
pub const REALTIME_DAYS_DEFAULT: u32 = 2;
/// Most days of a realtime run that can be set.
pub const REALTIME_DAYS_MAX: u32 = 8;
/// Days of hourly performance in a realtime run, including today, by default.
pub const REALTIME_HOURLY_DAYS_DEFAULT: u32 = 1;
/// Days of a full backfill, including today, by default: an order counts for a click up to seven days earlier, so a day
/// changes until the seventh day after it.
pub const BACKFILL_DAYS_DEFAULT: u32 = 8;
/// Most days of a full backfill, which fit in one call.
pub const BACKFILL_DAYS_MAX: u32 = shopee::limits::PERFORMANCE_DAYS_MAX as u32;
/// How long before the same date in UTC a shop's day may begin, and how long after it the day may end, in milliseconds
/// (UTC+14, UTC−12).
pub const ZONE_MS_MAX: i64 = 14 * 3_600 * 1_000;
/// First wait after a failed attempt, in milliseconds; doubles with each attempt.
pub const BACK_OFF_BASE_MS: i64 = 1_000;
/// Longest wait after a failed attempt, in milliseconds.
pub const BACK_OFF_MAX_MS: i64 = 60 * 1_000;
/// First wait after Shopee has throttled the shop or the app, in milliseconds.
pub const THROTTLED_BASE_MS: i64 = 5_000;
/// Largest budget, in hundredths: what DECIMAL(15,2) holds.
pub const BUDGET_HUNDREDTHS_MAX: i64 = 999_999_999_999_999;
/// Most schedules of one campaign. Each has its own start, and a day has 48 half hours.
pub const SCHEDULES_PER_CAMPAIGN_MAX: usize = 100;
/// Most schedules of one shop.
pub const SCHEDULES_PER_SHOP_MAX: usize = 20_000;
/// Most dates of one schedule.
pub const SCHEDULE_DATES_MAX: usize = 366;
/// Most days that a preview of budgets shows.
pub const PREVIEW_DAYS_MAX: u32 = 7;
/// Largest step back of a shop's wall clock when summer time ends, in minutes. A larger one is another time zone.
pub const CLOCK_BACK_MINUTES_MAX: i64 = 180;
/// How long the outcome of a slot is remembered, in days. It must outlast the clock going back over midnight.
pub const SLOT_MEMORY_DAYS: u64 = 2;
/// Missed slots reported at one look at a shop.
pub const MISSED_SLOTS_MAX: usize = 200;
/// Longest `reference_id` of an edit, in characters.
pub const REFERENCE_ID_MAX: usize = 64;
/// Longest pause before retrying an edit that Shopee has refused for now, in minutes; the first is one minute, and each
/// further one is twice as long.
pub const BUDGET_PAUSE_MINUTES_MAX: i64 = 30;
/// Pause before retrying a debt that Shopee has refused for good, in minutes.
pub const DEBT_PAUSE_MINUTES: i64 = 24 * 60;
/// Most edits of one budget write, including the first. All carry the same reference id, unless it is used up.
pub const BUDGET_EDITS_MAX: u32 = 3;
/// Failed reads before a write is given up, or its outcome counts as unknown.
pub const BUDGET_READ_FAILURES_MAX: u32 = 3;
/// Reads after an edit that must show another budget than the wanted one before it is believed.
pub const BUDGET_READ_BACKS_MAX: u32 = 3;
/// Wait before the first read after an edit, in milliseconds; doubles with each read. Shopee does not document this
/// delay.
pub const READ_BACK_WAIT_MS: i64 = 1_000;
/// Longest such wait, in milliseconds.
pub const READ_BACK_WAIT_MS_MAX: i64 = 8_000;
/// Longest sum of the waits of one budget write, in milliseconds. A schedule may run for 15 minutes.
pub const BUDGET_WRITE_WAIT_MS_MAX: i64 = 3 * 60 * 1_000;
/// Largest change in percent to which a guard rail can be set.
pub const CHANGE_PERCENT_MAX: u32 = 100_000;
/// Time between two ticks of the budget scheduler, in seconds.
pub const BUDGET_TICK_SECONDS: u32 = 30 * 60;
/// How far ahead a tick looks for the beginnings and ends of slots, in seconds: until a minute before the next tick.
pub const BUDGET_HORIZON_SECONDS: u32 = BUDGET_TICK_SECONDS - 60;
/// Noted changes of schedules and rules that one tick handles; the next tick handles more.
pub const BUDGET_CHANGES_MAX: u32 = 5_000;
/// Lease of a shop's budgets, in seconds, renewed by everything that is stored. After a crash, another holder may take
/// over once it has expired.
pub const BUDGET_LEASE_SECONDS: u32 = 120;
/// Campaigns of one shop that are written in one wave. Then it is another shop's turn, so that none waits for a large
/// one.
pub const BUDGET_WAVE_CAMPAIGNS: usize = 25;
/// Shops that one invocation works on at once: the batch size of their queue in `wrangler.toml`. While some wait to
/// read back, the others use the app's calls.
pub const BUDGET_SHOPS_AT_ONCE: usize = 10;
/// Edits of one shop that wait for their permits or are under way. Of an invocation's calls, 6 may wait for an answer
/// at once (Cloudflare Workers limits). More only coincide if an app's rate times the duration of a call is greater;
/// then they take turns.
pub const BUDGET_EDITS_AT_ONCE: usize = 2;
/// Longest work on one shop for one message, in milliseconds; another message continues with the rest.
pub const BUDGET_WORK_MS_MAX: i64 = 8 * 60 * 1_000;
/// Longest work on one shop for one request, in milliseconds.
pub const BUDGET_REQUEST_MS_MAX: i64 = 25_000;
/// How long permission to send an edit lasts, in milliseconds from the question: no edit follows a stop by more than
/// this.
pub const ARMED_MS_MAX: i64 = 1_500;
/// Shops of one app that the queue processor keeps at work at once, by default: as many as there are consumers of start
/// messages, of which a direct run occupies one. When one ends, the next begins, so that shops finish in turn instead
/// of all being begun and none finished.
pub const PLACES_DEFAULT: i32 = 50;
/// Time without progress of its run after which a claimed job counts as lost, in seconds.
pub const CLAIM_SECONDS: i32 = 900;
/// Wait between two looks at the line of jobs while jobs stand in it, in milliseconds.
pub const INTAKE_PAUSE_MS: i64 = 2_000;
/// Wait after a look that has handed out jobs, in milliseconds: small runs end within a second, and other jobs are due.
pub const INTAKE_BUSY_PAUSE_MS: i64 = 500;
/// Time after which a tick of the queue processor stops looking, in milliseconds; the next tick continues.
pub const INTAKE_MS_MAX: i64 = 5 * 60 * 1_000 - 20_000;
/// Wait before the redelivery of a message that could not be handled, in seconds; doubles with each delivery.
pub const REDELIVERY_SECONDS: u32 = 5;
/// Longest such wait, in seconds, so that work continues soon after an outage.
pub const REDELIVERY_SECONDS_MAX: u32 = 300;
/// Redeliveries before a message becomes a dead letter (`max_retries` in wrangler.toml).
pub const REDELIVERIES: u32 = 10;
/// Longest wait before the redelivery of a dead letter that could not be stored, in seconds.
pub const DEAD_REDELIVERY_SECONDS_MAX: u32 = 3_600;
/// Redeliveries of dead letters, which are lost after them (Cloudflare Queues limits: 100).
pub const DEAD_REDELIVERIES: u32 = 100;
/// Longest outage of Postgres that causes no dead letters, in seconds.
pub const OUTAGE_SECONDS: u32 = 20 * 60;
/// Most rows of a table that one statement of the nightly clean-up deletes.
pub const RETENTION_BATCH: i64 = 20_000;
/// Partner keys that one statement reads in order to seal them again.
pub const RESEAL_PAGE: i64 = 100;
/// Pages of partner keys a night.
pub const RESEAL_PAGES_MAX: u32 = 100;
/// Time after which the clean-up begins no further statement, in milliseconds. A schedule may run for 15 minutes.
pub const RETENTION_MS_MAX: i64 = 10 * 60 * 1_000;
/// Longest error text that is stored or shown, in characters.
pub const ERROR_TEXT_MAX: usize = 500;

/// Most sinks of alerts.
pub const SINKS_MAX: usize = 50;
/// Messages to sinks that are sent at once: with the connection to Postgres, the 6 that may wait for an answer.
pub const SINKS_AT_ONCE: i64 = 5;
/// Longest wait for a sink's answer, in milliseconds.
pub const SINK_ANSWER_MS_MAX: u32 = 10_000;
/// Time after which a tick of the sinks sends nothing more, in milliseconds: the next tick is a minute later.
pub const SINK_TICK_MS_MAX: i64 = 45_000;
/// Time after which a message whose sender has not said what became of it is sent again, in seconds.
pub const SINK_LOST_SECONDS: f64 = 60.0;
/// First pause before a message is sent again, in seconds; doubles with each failure.
pub const SINK_PAUSE_SECONDS: i64 = 30;
/// Longest pause before a message is sent again, in seconds, whatever the receiver asks for.
pub const SINK_PAUSE_SECONDS_MAX: i64 = 3_600;
/// Age from which a message that fails is given up, in seconds.
pub const SINK_TRY_SECONDS_MAX: i64 = 24 * 3_600;
/// Time for which a sink may fail before that is an alert, in seconds.
pub const SINK_FAILING_SECONDS: f64 = 120.0;
const _: () = assert!(CHUNK_SIZE_DEFAULT <= CHUNK_SIZE_MAX);
const _: () = assert!(CHUNK_SIZE_DEFAULT as usize <= IDS_PER_CALL_MAX);
const _: () = assert!(DIRECT_THRESHOLD_DEFAULT <= DIRECT_THRESHOLD_MAX);
const _: () = assert!(WINDOW_CHUNKS_DEFAULT <= WINDOW_CHUNKS_MAX);
const _: () = assert!(CALLS_AT_ONCE < 6 && CALLS_AT_ONCE <= BATCH_MESSAGES_MAX);
// While the lanes of a batch work, the messages behind it must not count as lost.
const _: () = assert!(LANE_MS_MAX + CHUNK_MS_MAX < QUEUED_SECONDS_DEFAULT as i64 * 1_000);
// An invocation may make 10,000 requests (`subrequests` in wrangler.toml); a chunk takes about ten at most.
const _: () = assert!(BATCH_MESSAGES_MAX as u32 * LANE_CHUNKS_MAX * 10 < 10_000);
const _: () = assert!(LOOK_AGAIN_MS * 5 < LANE_MISSED_MS && LANE_MISSED_MS < LANE_IDLE_MS_MAX);
const _: () = assert!(LANE_IDLE_MS_MAX < LANE_MS_MAX);
const _: () = assert!(EARLY_SHARE > 1);
// An id has at most 20 characters and a comma.
const _: () = assert!(PLAN_PAGE_IDS * 21 < VALUE_BYTES_MAX / 2);
// A slot consists of its time and its shop.
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
const _: () = assert!(PERMIT_NEAR_MS < SLOT_LEAD_MS && PERMIT_LATE_MS < SLOT_LEAD_MS);
const _: () = assert!(OWN_AHEAD_MS < TURNS_MS_MAX && TURNS_MS_MAX < SLOT_NEAR_MS);
const _: () = assert!(
    SLOT_NEAR_MS < SLOT_LEAD_MS && SLOT_LEAD_MS < PERMIT_PATIENCE_MS && BLOCK_SPAN_MS <= SLOT_AHEAD_MS
);
const _: () = assert!(BREAKER_SECONDS_DEFAULT <= BREAKER_SECONDS_MAX);
const _: () = assert!(PROBE_LOOK_MS < PROBE_MS_MAX && PROBE_MS_MAX + SLOT_AHEAD_MS < QUOTA_PROBE_MS);
const _: () = assert!(SHOP_CALLS_PER_SECOND_DEFAULT <= APP_CALLS_PER_SECOND_DEFAULT);
// Permitted waits alone must not end a run.
const _: () = assert!(24 * 3_600 * 1_000 < RUN_MS_MAX && (BREAKER_SECONDS_MAX as i64) * 1_000 < RUN_MS_MAX);
const _: () = assert!(ATTEMPTS_DEFAULT <= ATTEMPTS_MAX);
const _: () = assert!(BACK_OFF_BASE_MS <= THROTTLED_BASE_MS && THROTTLED_BASE_MS <= BACK_OFF_MAX_MS);
const _: () = assert!(BACKFILL_DAYS_DEFAULT <= BACKFILL_DAYS_MAX && REALTIME_DAYS_MAX <= BACKFILL_DAYS_MAX);
const _: () = assert!(
    REALTIME_HOURLY_DAYS_DEFAULT <= REALTIME_DAYS_DEFAULT && REALTIME_DAYS_DEFAULT <= REALTIME_DAYS_MAX
);
const _: () = assert!(shopee::limits::PERFORMANCE_DAYS_MAX == 30);
// The most that the waits of a write can add up to: before its first edit and after each edit, one per read.
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
// By default, no more calls are under way than may wait in an invocation, if they take up to two seconds.
const _: () = assert!(APP_CALLS_PER_SECOND_DEFAULT * 2.0 <= 6.0);
// A consumer may run for 15 minutes (Cloudflare Queues limits); a write may still be under way when its time is up.
const _: () = assert!(
    BUDGET_REQUEST_MS_MAX <= BUDGET_WORK_MS_MAX
        && BUDGET_REQUEST_MS_MAX < BUDGET_LEASE_SECONDS as i64 * 1_000
);
const _: () = assert!(BUDGET_WORK_MS_MAX + BUDGET_WRITE_WAIT_MS_MAX < 15 * 60 * 1_000);
// Between two things that are stored there is at most a wait for a permit, its slot and a call; or a wait for a read.
const _: () =
    assert!(2 * PERMIT_PATIENCE_MS + READ_BACK_WAIT_MS_MAX + 60_000 < BUDGET_LEASE_SECONDS as i64 * 1_000);
// A message outlasts an outage, and a dead letter lasts until its queue drops it (Cloudflare Queues limits: four days).
const _: () = assert!(
    redelivered_for(REDELIVERIES, REDELIVERY_SECONDS_MAX) > OUTAGE_SECONDS
        && redelivered_for(DEAD_REDELIVERIES, DEAD_REDELIVERY_SECONDS_MAX) > 3 * 24 * 3_600
        && redelivered_for(DEAD_REDELIVERIES, DEAD_REDELIVERY_SECONDS_MAX) < 4 * 24 * 3_600
);
// Each look may send messages, and the platform allows an invocation a thousand requests.
const _: () = assert!(INTAKE_MS_MAX / INTAKE_BUSY_PAUSE_MS < 600);
const _: () = assert!(INTAKE_BUSY_PAUSE_MS < INTAKE_PAUSE_MS);
// From one tick to the next, no job is due for longer than one look takes, and ticks do not pile up.
const _: () = assert!(INTAKE_PAUSE_MS < INTAKE_MS_MAX && INTAKE_MS_MAX < 5 * 60 * 1_000);
const _: () = assert!(CLOCK_BACK_MINUTES_MAX < SLOT_MEMORY_DAYS as i64 * 24 * 60);
const _: () =
    assert!(SCHEDULES_PER_CAMPAIGN_MAX <= SCHEDULES_PER_SHOP_MAX && SCHEDULES_PER_CAMPAIGN_MAX <= 24 * 60);
// A tick has ended, and its last messages have their outcome, before they count as lost.
const _: () =
    assert!(SINK_ANSWER_MS_MAX as i64 + 5_000 < SINK_LOST_SECONDS as i64 * 1_000 && SINKS_AT_ONCE < 6);
const _: () = assert!(SINK_PAUSE_SECONDS_MAX < SINK_TRY_SECONDS_MAX);

/// The wait before a message is redelivered after this many deliveries, in seconds.
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
