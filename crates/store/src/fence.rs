//! What every write of a run carries, so that old data never overwrite newer data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The writer, and the age of its data. A write takes effect only while the shop's progress row belongs to the same generation
/// and is syncing; a row is replaced only by a fetch of the same or a later time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fence {
    /// The shop.
    pub shop_id: i64,
    /// The run.
    pub generation: i64,
    /// When the request to Shopee was sent, unix milliseconds.
    pub fetched_at_ms: i64,
    /// Write unchanged rows too. Needed for attempts after the first: otherwise the row would keep its old fetch time, and
    /// a first attempt that is still running could overwrite it with older data.
    pub touch: bool,
    /// `campaigns`, `performance` or `shop_totals`.
    pub stage: &'static str,
    /// The chunk's index within the stage, from 0.
    pub chunk_index: i32,
    /// This is the chunk's last statement: its row in the queue, if any, becomes completed with `result`.
    pub finish: bool,
    /// The chunk's result.
    pub result: Value,
}

/// The outcome of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// True: the fence held and the data are stored. False: the run no longer owns the shop, nothing was written.
    pub fenced: bool,
    /// Rows written, all tables.
    pub written: i64,
    /// Rows that were already identical or newer.
    pub unchanged: i64,
}
