//! Runs.

use crate::app::Hold;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A run, as Postgres has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// The shop.
    pub shop_id: i64,
    /// The run's number within the shop.
    pub generation: i64,
    /// `realtime`, `backfill_day` or `backfill_full`.
    pub kind: String,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
    /// `direct` or `chunked`, once planned.
    pub mode: Option<String>,
    /// `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// The job's parameters.
    pub params: Value,
    /// Campaigns of the plan.
    pub total_campaigns: i32,
    /// Chunks per stage.
    pub total_chunks: i32,
    /// The receipt; final once the run has ended. One of an earlier release lacks what was added since.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Receipt>))]
    pub receipt: Option<Value>,
    /// Why it failed or was cancelled.
    pub error_message: Option<String>,
    /// Unix milliseconds.
    pub started_at_ms: Option<i64>,
    /// Unix milliseconds.
    pub ended_at_ms: Option<i64>,
}

/// A run with its chunks: from the shop's object while that holds the run, else from Postgres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunDetail {
    /// `<shop>-<generation>`.
    pub id: String,
    /// As Postgres has it.
    pub run: Run,
    /// As the shop's object has it; null if it holds another run.
    pub live: Option<LiveRun>,
    /// Those of the object, or of the queue.
    pub chunks: Vec<RunChunk>,
}

/// A chunk of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum RunChunk {
    /// As the object has it.
    Live(Box<LiveChunk>),
    /// As the queue has it.
    Stored(StoredChunk),
}

/// A chunk's row in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredChunk {
    /// `campaigns`, `performance` or `shop_totals`.
    pub stage: String,
    /// The index within the stage, from 0.
    pub chunk_index: i32,
    /// Campaigns in the chunk.
    pub chunk_size: i32,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: String,
    /// Attempts that were started.
    pub attempt: i32,
    /// The last error.
    pub error_message: Option<String>,
    /// The chunk's result.
    pub result: Option<Value>,
}

/// A run as its object has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveRun {
    /// The run's number within the shop.
    pub generation: i64,
    /// Its kind, with its parameters.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub kind: Value,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
    /// The run whose failed chunks it retries.
    pub retry_of: Option<i64>,
    /// `active`, `paused`, `completed`, `failed`, `failed_unplanned` or `cancelled`.
    pub state: String,
    /// `listing`, `campaigns`, `performance` or `ended`.
    pub phase: String,
    /// `direct` or `chunked`, once planned.
    pub mode: Option<String>,
    /// How it ended.
    pub end: Option<RunEnd>,
    /// Who has paused it.
    pub paused: Option<Pause>,
    /// What keeps the shop, or the part of the run that is due, from calling.
    pub wait: Option<Hold>,
    /// Not ended.
    pub active: bool,
    /// Ended, and Postgres shows it.
    pub closed: bool,
    /// Unix milliseconds.
    pub started_ms: i64,
    /// Unix milliseconds.
    pub ended_ms: Option<i64>,
    /// How far the listing is.
    pub listing: Listing,
    /// What became of the plan so far.
    pub receipt: Receipt,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunEnd {
    /// `completed`, `failed` or `cancelled`.
    pub end: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who or what cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An operator's pause of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pause {
    /// Who paused it.
    pub by: String,
    /// Unix milliseconds.
    pub since_ms: i64,
}

/// How far the listing of a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// Pages taken so far.
    pub pages: u32,
    /// The last error.
    pub last_error: Option<String>,
}

/// What a run planned and what became of it. A run is completed only if `planned = written + unchanged + vanished +
/// quarantined`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Campaigns in the plan.
    pub planned: u64,
    /// Campaigns that were written: their settings, or their performance in a run that fetches no settings.
    pub written: u64,
    /// Campaigns that had not changed.
    pub unchanged: u64,
    /// Campaigns that Shopee no longer knew when their chunk ran.
    pub vanished: u64,
    /// Campaigns whose answer could not be used.
    pub quarantined: u64,
    /// Quarantined campaigns about which Shopee said nothing.
    #[serde(default)]
    pub unanswered: u64,
    /// Campaigns whose performance was fetched, or found to be vanished or unusable.
    pub performance_accounted: u64,
    /// Campaigns whose performance was not needed: they have vanished, or cannot have spent.
    #[serde(default)]
    pub performance_left_out: u64,
    /// Chunks for which Shopee answered only in part.
    #[serde(default)]
    pub partial_chunks: u64,
    /// Malformed rows in Shopee's answers.
    #[serde(default)]
    pub malformed_rows: u64,
    /// Shopee's code for an ads account that does not exist or is inactive: the shop has no totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Rows written to Postgres, in all tables.
    pub rows_written: u64,
    /// Calls made to Shopee, including failed ones.
    pub calls: u64,
    /// Attempts beyond the first, of chunks and of the listing.
    pub retries: u64,
    /// Chunks of the first stage that all campaigns go through.
    pub chunks: u64,
    /// Chunks that the retried run completed, in all stages; their calls and rows are in that run's receipt.
    pub carried_chunks: u64,
    /// Chunks that failed, in all stages.
    pub failed_chunks: u64,
    /// The slowest successful attempt, in milliseconds.
    pub slowest_chunk_ms: u64,
    /// From begin to end, in milliseconds; 0 while the run is active.
    pub duration_ms: u64,
    /// `direct` or `chunked`.
    pub mode: Option<String>,
    /// The days that were fetched.
    pub window: Window,
}

/// The days of a run, `YYYY-MM-DD` in the shop's calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    /// First day of daily performance.
    pub daily_from: String,
    /// Last day of daily performance, included.
    pub daily_to: String,
    /// Days of hourly performance.
    pub hourly: Vec<String>,
}

/// A chunk as the object has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveChunk {
    /// Stage and index.
    pub key: ChunkKey,
    /// The campaign that it begins with; none for the shop totals.
    pub first_campaign: Option<i64>,
    /// Campaigns in the chunk.
    pub size: u32,
    /// Where it stands.
    pub state: LiveChunkState,
    /// Attempts started.
    pub attempt: u32,
    /// Failed attempts.
    pub failures: u32,
    /// Calls of failed attempts.
    pub failed_calls: u32,
    /// The retried run had completed it.
    pub carried: bool,
    /// The last error.
    pub last_error: Option<String>,
}

/// Which chunk of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChunkKey {
    /// `campaigns`, `performance` or `shop_totals`.
    pub stage: String,
    /// The index within the stage, from 0.
    pub index: u32,
}

/// Where a chunk stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveChunkState {
    /// `pending`, `queued`, `leased`, `done` or `failed`.
    pub state: String,
    /// Of a pending one: when it may be handed out, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_ms: Option<i64>,
    /// Of a queued or leased one: when it counts as lost, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Of a done one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Of a failed one: the class of its last error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Of a failed one: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A verb was applied to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acted {
    /// `<shop>-<generation>`.
    pub id: String,
    /// `cancel`, `pause` or `resume`.
    pub done: String,
    /// The state before: see `LiveRun`.
    pub state_before: String,
}
