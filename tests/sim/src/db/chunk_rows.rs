//! `apishopee_ads_sync_queue`: the rows of chunks.

use super::{ChunkKey, Model};
use serde_json::Value;

/// A chunk's row; shop, generation, stage and index are its key.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct ChunkRow {
    pub sync_type: String,
    pub sync_params: Value,
    pub priority: i64,
    pub trigger: String,
    pub chunk_size: i64,
    pub status: String,
    pub attempt: i64,
    pub retry_count: i64,
    pub created_at_ms: i64,
    pub scheduled_at_ms: i64,
    pub started_at_ms: Option<i64>,
    pub completed_at_ms: Option<i64>,
    pub error_message: Option<String>,
    pub result: Value,
}

impl ChunkRow {
    /// Not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "processing")
    }

    /// Ends it as failed.
    pub(super) fn fail(&mut self, now_ms: i64, reason: &str) {
        self.status = "failed".to_owned();
        (self.completed_at_ms, self.error_message) = (Some(now_ms), Some(reason.to_owned()));
    }
}

impl Model {
    /// The rows of a run.
    pub(super) fn rows_of(
        &mut self,
        shop_id: i64,
        generation: i64,
    ) -> impl Iterator<Item = (&ChunkKey, &mut ChunkRow)> {
        let key = |generation| (shop_id, generation, String::new(), i64::MIN);
        self.chunks.range_mut(key(generation)..key(generation + 1))
    }

    /// A chunk's data are in: its row says so, if it has one.
    pub(super) fn complete_row(&mut self, key: &ChunkKey) {
        let now_ms = self.now_ms;
        if let Some(row) = self.chunks.get_mut(key).filter(|row| row.status != "completed") {
            row.status = "completed".to_owned();
            (row.completed_at_ms, row.error_message, row.result) = (Some(now_ms), None, Value::Null);
        }
    }
}
