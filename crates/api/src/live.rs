//! What who watches is told, over a WebSocket: of a shop's run, or of all shops' progress.

use crate::{
    run::{LiveChunk, LiveRun},
    shop::Progress,
};
use serde::{Deserialize, Serialize};

/// A message about a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// The run as it is: what was known before is void.
    Snapshot {
        /// `<generation>-<revision>`; null if the shop's object has no run.
        version: Option<String>,
        /// The run.
        run: Option<Box<LiveRun>>,
        /// All of its chunks.
        chunks: Vec<LiveChunk>,
    },
    /// What has changed.
    Change {
        /// The version since which: whoever has an older one has missed something, and asks anew.
        since: String,
        /// The version now.
        version: String,
        /// The run.
        run: Box<LiveRun>,
        /// The chunks that have changed, each whole.
        chunks: Vec<LiveChunk>,
    },
}

/// A message about all shops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FleetMessage {
    /// More has changed than is told: read the list of shops anew.
    Reload {
        /// The version that the list will have, at least.
        version: String,
    },
    /// What has changed. A shop may be told of again without a change.
    Changes {
        /// The version now.
        version: String,
        /// The shops.
        shops: Vec<FleetShop>,
    },
}

/// The progress of a shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FleetShop {
    /// The shop.
    pub shop_id: i64,
    /// Its progress.
    pub progress: Progress,
}
