//! What Postgres shows of a shop's sync.

use tokio_postgres::Row;

/// The columns of [`Progress`], of the table's alias `p`.
pub(crate) const COLUMNS: &str = "p.sync_stage, p.is_complete, p.synced_campaigns, p.current_chunk, p.failed_chunks, \
    coalesce(p.error_message, '') AS error, coalesce(p.waiting_reason, '') AS waits_for, \
    coalesce(p.waiting_until > now(), false) AS is_waiting, p.redrive_count";

/// A shop's progress row.
#[derive(Clone, Debug)]
pub struct Progress {
    /// `idle`, `syncing_campaigns`, `syncing_performance`, `completed` or `failed`.
    pub stage: String,
    /// Whether all of it is done.
    pub is_complete: bool,
    /// The campaigns whose settings are stored.
    pub synced_campaigns: i32,
    /// Chunks of campaigns that are done.
    pub current_chunk: i32,
    /// The indices of those that failed.
    pub failed_chunks: Vec<i32>,
    /// Why it failed, or nothing.
    pub error: String,
    /// What it waits for, or nothing.
    pub waits_for: String,
    /// Whether the time until which it waits is ahead.
    pub is_waiting: bool,
    /// How often it was found stuck.
    pub redrive_count: i32,
}

impl From<&Row> for Progress {
    fn from(row: &Row) -> Self {
        Self {
            stage: row.get("sync_stage"),
            is_complete: row.get::<_, Option<bool>>("is_complete").unwrap_or_default(),
            synced_campaigns: row.get("synced_campaigns"),
            current_chunk: row.get("current_chunk"),
            failed_chunks: row.get::<_, Option<Vec<i32>>>("failed_chunks").unwrap_or_default(),
            error: row.get("error"),
            waits_for: row.get("waits_for"),
            is_waiting: row.get("is_waiting"),
            redrive_count: row.get("redrive_count"),
        }
    }
}
