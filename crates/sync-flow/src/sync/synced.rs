//! What an attempt that succeeded came to.

use sync_core::ChunkResult;

/// What an attempt that succeeded came to.
pub struct Synced {
    /// The counts.
    pub result: ChunkResult,
    /// Of a chunk of settings: the campaigns whose performance is to be fetched. None: all of them.
    pub spenders: Option<Vec<i64>>,
}

impl From<ChunkResult> for Synced {
    fn from(result: ChunkResult) -> Self {
        Self { result, spenders: None }
    }
}
