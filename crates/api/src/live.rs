//! What who watches a shop is told, over a WebSocket.

use crate::run::{LiveChunk, LiveRun};
use serde::{Deserialize, Serialize};

/// One message.
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
