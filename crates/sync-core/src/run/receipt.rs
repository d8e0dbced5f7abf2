//! The closing account of a run.

use super::{
    chunk::ChunkState,
    state::{Mode, Run},
    window::Window,
};
use crate::ids::Stage;
use serde::{Deserialize, Serialize};

/// What a run planned and what became of it. A run is completed only if `planned = written + unchanged + vanished +
/// quarantined`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Direct or chunked.
    pub mode: Option<Mode>,
    /// The days that were fetched.
    pub window: Window,
}

impl Receipt {
    /// The receipt of a run in its current state.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let header = &run.header;
        let mut receipt = Self {
            planned: u64::from(run.planned()),
            written: 0,
            unchanged: 0,
            vanished: 0,
            quarantined: 0,
            unanswered: 0,
            performance_accounted: 0,
            performance_left_out: u64::from(run.left_out()),
            partial_chunks: 0,
            malformed_rows: 0,
            account: None,
            rows_written: 0,
            calls: u64::from(header.listing.calls),
            retries: u64::from(header.listing.attempt.saturating_sub(1)),
            chunks: u64::from(run.total_chunks(run.main_stage())),
            carried_chunks: 0,
            failed_chunks: 0,
            slowest_chunk_ms: 0,
            duration_ms: header
                .ended_ms
                .map_or(0, |ended| u64::try_from(ended - header.started_ms).unwrap_or(0)),
            mode: header.mode,
            window: header.window.clone(),
        };
        for chunk in run.chunks.values() {
            receipt.carried_chunks += u64::from(chunk.carried);
            receipt.calls += u64::from(chunk.failed_calls);
            receipt.retries += u64::from(chunk.attempt.saturating_sub(1));
            match &chunk.state {
                ChunkState::Done { result } => {
                    receipt.partial_chunks += u64::from(result.partial);
                    receipt.malformed_rows += u64::from(result.malformed_rows);
                    receipt.account = receipt.account.take().or_else(|| result.account.clone());
                    if !chunk.carried {
                        receipt.calls += u64::from(result.calls);
                        receipt.rows_written += result.rows_written;
                        receipt.slowest_chunk_ms = receipt.slowest_chunk_ms.max(result.duration_ms);
                    }
                    if chunk.key.stage == run.main_stage() {
                        receipt.written += u64::from(result.written);
                        receipt.unchanged += u64::from(result.unchanged);
                        receipt.vanished += u64::from(result.vanished);
                        receipt.quarantined += u64::from(result.quarantined);
                        receipt.unanswered += u64::from(result.unanswered);
                    }
                    if chunk.key.stage == Stage::Performance {
                        receipt.performance_accounted += u64::from(result.accounted());
                    }
                }
                ChunkState::Failed { .. } => receipt.failed_chunks += 1,
                _ => {}
            }
        }
        receipt
    }

    /// Whether every planned campaign is accounted for in both stages.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.planned == self.written + self.unchanged + self.vanished + self.quarantined
            && self.planned == self.performance_accounted + self.performance_left_out
    }

    /// The equation in words.
    #[must_use]
    pub fn equation(&self) -> String {
        format!(
            "planned {}, written {} + unchanged {} + vanished {} + quarantined {}, performance {} + left out {}",
            self.planned,
            self.written,
            self.unchanged,
            self.vanished,
            self.quarantined,
            self.performance_accounted,
            self.performance_left_out
        )
    }
}
