//! What every write of a run carries, so that nothing old is ever written over something newer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who writes, and how old its data are. A write happens only while the shop's progress row belongs to the same
/// generation and is syncing; a row is replaced only by a fetch of the same or a later time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fence {
    /// The shop.
    pub shop_id: i64,
    /// The run.
    pub generation: i64,
    /// When the request to Shopee was sent, unix milliseconds.
    pub fetched_at_ms: i64,
    /// Write unchanged rows too. Needed for an attempt after the first: else the time of the row would stay
    /// old, and the first attempt, were it still on its way, could come after with older data.
    pub touch: bool,
    /// `campaigns`, `performance` or `shop_totals`.
    pub stage: &'static str,
    /// The chunk's index within the stage, from 0.
    pub chunk_index: i32,
    /// The chunk's last statement: its row in the queue, if it has one, becomes completed with `result`.
    pub finish: bool,
    /// What the chunk came to.
    pub result: Value,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// True: the fence held, the data are in. False: the run is no longer the shop's, nothing was written.
    pub fenced: bool,
    /// Rows written, all tables.
    pub written: i64,
    /// Rows that were already as given, or newer.
    pub unchanged: i64,
}
