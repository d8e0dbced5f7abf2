//! All metrics, a line each. What they count is in `crates/store/src/sql/metrics_read.sql`, the last groups in
//! `src/http/metrics.rs`.

use super::Metric;

/// The bounds of how long runs take, in seconds.
pub const RUN_SECONDS: &[&str] = &["5", "15", "30", "60", "120", "300", "900", "3600", "14400", "+Inf"];
/// The bounds of how long chunks take, in seconds. None should take ten.
pub const CHUNK_SECONDS: &[&str] = &["0.5", "1", "2", "5", "10", "20", "60", "+Inf"];

macro_rules! metrics {
    ($($name:ident [$($label:literal),*] $($bounds:ident)?, $help:literal;)*) => {
        /// All metrics.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: stringify!($name), labels: &[$($label),*], bounds: metrics!(@bounds $($bounds)?), help: $help,
        },)*];
    };
    (@bounds) => { &[] };
    (@bounds $bounds:ident) => { $bounds };
}

metrics! {
    scrape_ok["part"], "1 if this part of the page (postgres, governor) could be read, else 0 and the part is missing.";
    shops["state"], "Shops: syncable, without_token, reconsent (their seller has to authorize the app again), or disabled.";
    shops_fresh[], "Syncable shops whose data are not older than their objective.";
    shops_stale[], "Syncable shops whose data are older than their objective.";
    shops_due[], "Syncable shops whose next realtime sync is due.";
    shops_never_synced[], "Syncable shops that no realtime run has completed for.";
    data_age_max_seconds[], "The age of the oldest data of a syncable shop.";
    freshness_objective_used_ratio[], "The greatest age of a syncable shop's data, as a part of its objective: above 1 it is missed.";
    shop_data_age_seconds["shop"], "The age of a shop's data; where the setting metrics_by_shop is on.";
    shop_freshness_objective_seconds["shop"], "How old a shop's data may be; where the setting metrics_by_shop is on.";
    shops_without_series[], "Syncable shops that have no series of their own.";
    shops_waiting["reason"], "Shops whose run waits for a known time, by what it waits for.";
    consents_ending["within"], "Sellers' consents that end within this time and have not ended.";
    access_tokens_ending["within"], "Access tokens that end within this time or have ended; the next call of the shop renews them.";
    runs_active["kind"], "Runs that have not ended.";
    run_silence_max_seconds[], "How long the quietest run that waits for nothing has made no progress.";
    runs_24h["kind", "status"], "Runs that ended within the last 24 hours.";
    run_last_completed_timestamp_seconds["kind"], "When a run was completed last, within the last 24 hours.";
    run_duration_24h_seconds["kind"] RUN_SECONDS, "How long runs took that were completed within the last 24 hours; buckets fall as rows leave the window.";
    campaigns_24h["kind", "outcome"], "Campaigns in the receipts of runs that ended within the last 24 hours: written, unchanged, vanished or quarantined.";
    calls_24h["kind"], "Calls to Shopee of runs that ended within the last 24 hours.";
    retries_24h["kind"], "Attempts beyond the first of runs that ended within the last 24 hours.";
    failed_chunks_24h["kind"], "Failed chunks of runs that ended within the last 24 hours.";
    rows_written_24h["kind"], "Rows that runs wrote which ended within the last 24 hours.";
    malformed_rows_24h["kind"], "Malformed rows in the answers to runs that ended within the last 24 hours.";
    calls_quota_day["kind"], "Calls to Shopee of runs that began since 00:00 UTC+8, when the day of the quota begins.";
    chunks_open[], "Chunks of active runs that are not done.";
    chunks_1h["stage", "status"], "Chunks of chunked runs that ended within the last hour.";
    chunk_calls_1h["stage"], "Calls to Shopee of the chunks in chunks_1h.";
    chunk_duration_1h_seconds["stage"] CHUNK_SECONDS, "How long the completed chunks in chunks_1h took, without waits; buckets fall as rows leave the window.";
    queue_jobs["kind", "status"], "Jobs in line or in work.";
    queue_due_jobs[], "Jobs in line that are due.";
    queue_oldest_due_age_seconds[], "How long the job has been due that has been due longest; 0 if none is.";
    alerts_open["kind", "severity"], "Open alerts.";
    dead_letters["queue"], "Dead letters that are kept and were not replayed.";
    budget_writes_24h["status"], "Outcomes in the log of budgets within the last 24 hours.";
    app_held_seconds["app", "reason"], "For how long calls of the app are held back yet: app_throttled or daily_quota; 0 if they are not.";
    app_calls_per_second["app"], "The app's present rate: what was learned from a refusal, or the setting in the latest request.";
    app_endpoints_closed["app"], "Endpoints of which the app's calls of the day are used up.";
}
