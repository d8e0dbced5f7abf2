//! The result of a successful attempt.

use sync_core::ChunkResult;

/// The result of a successful attempt.
pub struct Synced {
    /// The counts.
    pub result: ChunkResult,
    /// For a chunk of settings: the campaigns whose performance is to be fetched. `None`: all of them.
    pub spenders: Option<Vec<i64>>,
}

impl From<ChunkResult> for Synced {
    fn from(result: ChunkResult) -> Self {
        Self { result, spenders: None }
    }
}
