//! The queue: rows that ask for a sync, and its processor.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a tick of the queue's processor has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Processed {
    /// Jobs that were handed to the consumers.
    pub claimed: usize,
    /// Jobs that still wait for a place.
    pub waiting: i64,
    /// Of schedules and rules that were changed in SQL; null if none was.
    pub budgets: Option<BudgetsHandedOver>,
}

/// Shops whose budgets are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetsHandedOver {
    /// Shops with something to do.
    pub shops: usize,
    /// Messages that were sent for them.
    pub messages: usize,
}

/// A row that asks for a sync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRow {
    /// The row's UUID.
    pub id: String,
    /// The shop; 0 if the row has none.
    pub shop_id: i64,
    /// `realtime`, `backfill_day` or `backfill_full`; what people write by hand may be anything.
    pub kind: String,
    /// Parameters of the kind.
    pub params: Value,
    /// Higher goes first.
    pub priority: i32,
    /// Campaigns per chunk, if it asks for a size.
    pub chunk_size: Option<i32>,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: String,
    /// How often it was tried again.
    pub retry_count: i32,
    /// `cron`, `http`, `compat` or `sql`.
    pub trigger: String,
    /// The run that serves it, once one does.
    pub generation: Option<i64>,
    /// Why it failed, or what it waits for.
    pub error_message: Option<String>,
    /// Unix milliseconds; 0 if unknown.
    pub created_at_ms: i64,
    /// When it is due, unix milliseconds.
    pub scheduled_at_ms: Option<i64>,
    /// Unix milliseconds.
    pub started_at_ms: Option<i64>,
    /// Unix milliseconds.
    pub completed_at_ms: Option<i64>,
}

/// A row that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowCancelled {
    /// The row's UUID.
    pub id: String,
    /// Always true.
    pub cancelled: bool,
}
