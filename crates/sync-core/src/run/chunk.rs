//! One chunk of a run and its states: pending → queued → leased → done or failed.

use crate::ids::ChunkKey;
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;

/// The state of a chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// Waits for a place in the window, but at least until `not_before_ms`.
    Pending {
        /// Unix milliseconds.
        not_before_ms: i64,
    },
    /// Its message is on its way; it counts as lost at `until_ms`.
    Queued {
        /// Unix milliseconds.
        until_ms: i64,
        /// The message is that of another chunk, which a lane took because the message was slow.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        borrowed: bool,
    },
    /// A consumer works on it, until `until_ms` at the latest.
    Leased {
        /// Unix milliseconds.
        until_ms: i64,
    },
    /// Its data is in Postgres.
    Done {
        /// What the attempt did.
        result: ChunkResult,
    },
    /// The chunk was given up.
    Failed {
        /// The class of the last error.
        class: ErrorClass,
        /// The last error, for people.
        message: String,
    },
}

impl ChunkState {
    /// Whether the chunk is done or failed, so that nothing more happens to it.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }

    /// Whether the chunk waits for another chunk's message.
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self, Self::Queued { borrowed: true, .. })
    }

    /// The state's name: `pending`, `queued`, `leased`, `done` or `failed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Queued { .. } => "queued",
            Self::Leased { .. } => "leased",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether the chunk occupies a place in the window.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Leased { .. })
    }
}

/// What one successful attempt did. The first four counts account for every id of the chunk exactly once. What is rare is
/// left out where it is written: the row of each chunk in Postgres has all the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChunkResult {
    /// Ids whose data changed and were written.
    pub written: u32,
    /// Ids whose stored data already matched Shopee's.
    pub unchanged: u32,
    /// Ids that Shopee no longer knows.
    pub vanished: u32,
    /// Ids whose answer could not be used.
    pub quarantined: u32,
    /// Quarantined ids about which Shopee said nothing.
    #[serde(skip_serializing_if = "is_zero")]
    pub unanswered: u32,
    /// The first quarantined ids, with the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quarantined_ids: Vec<Quarantined>,
    /// Malformed rows, of campaigns and of the shop. What was stored for them before stays.
    #[serde(skip_serializing_if = "is_zero")]
    pub malformed_rows: u32,
    /// Drift, each kind once, at most [`DRIFT_NAMED_MAX`](crate::DRIFT_NAMED_MAX).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// Whether Shopee answered only in part. What it omitted stays as it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// For the shop totals: Shopee's code for an ads account that does not exist or is inactive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Rows written to Postgres.
    pub rows_written: u64,
    /// Calls made to Shopee.
    pub calls: u32,
    /// Duration of the attempt's calls and statements, in milliseconds; excludes waits for permits.
    pub duration_ms: u64,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl ChunkResult {
    /// The number of ids for which this result accounts.
    #[must_use]
    pub fn accounted(&self) -> u32 {
        [self.unchanged, self.vanished, self.quarantined].into_iter().fold(self.written, u32::saturating_add)
    }
}

/// Something in Shopee's answers that is not as documented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The endpoint's name.
    pub endpoint: String,
    /// The field's path inside its row.
    pub field: String,
    /// What is wrong with the field; `None` if the field is unknown.
    pub problem: Option<String>,
    /// The campaign in which it was seen, if any.
    pub campaign_id: Option<i64>,
    /// The beginning of the value, or of the malformed row.
    pub sample: String,
}

impl Drift {
    /// The problem of a field that is missing from rows which are used nonetheless.
    pub const LACKING: &'static str = "is missing; the rows are used without it";
}

/// A quarantined id and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The campaign.
    pub id: i64,
    /// Why its answer cannot be used.
    pub reason: String,
}

/// One chunk. Its ids are `first..first + size` of the list that its stage works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Stage and index.
    pub key: ChunkKey,
    /// The index of its first id: in the plan, or in what remains of it for the performance stage.
    pub first: u32,
    /// The number of its ids; 0 for the shop totals.
    pub size: u32,
    /// Its state.
    pub state: ChunkState,
    /// Attempts started.
    pub attempt: u32,
    /// Failed attempts. Attempts that were put back to wait do not count.
    pub failures: u32,
    /// Calls of failed attempts.
    pub failed_calls: u32,
    /// For a completed chunk of settings: the campaigns whose performance is to be fetched. `None`: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spenders: Option<Vec<i64>>,
    /// Whether the retried run completed this chunk.
    pub carried: bool,
    /// The last error, kept while the chunk waits for its next attempt.
    pub last_error: Option<String>,
    /// The run's revision at the chunk's last change.
    pub rev: u64,
}

impl Chunk {
    pub(crate) fn new(key: ChunkKey, first: u32, size: u32) -> Self {
        let state = ChunkState::Pending { not_before_ms: 0 };
        Self {
            key,
            first,
            size,
            state,
            attempt: 0,
            failures: 0,
            failed_calls: 0,
            spenders: None,
            carried: false,
            last_error: None,
            rev: 0,
        }
    }

    /// For a chunk of settings: how many of its campaigns the performance stage leaves out.
    #[must_use]
    pub fn left_out(&self) -> u32 {
        let kept = self.spenders.as_ref().map_or(self.size as usize, Vec::len);
        self.size.saturating_sub(u32::try_from(kept).unwrap_or(u32::MAX))
    }

    /// Splits the chunk: it keeps the first half and returns the second, under a key of its own.
    pub(crate) fn split(&mut self, key: ChunkKey) -> Self {
        let kept = self.size / 2;
        let rest = Self {
            failures: self.failures,
            last_error: self.last_error.clone(),
            state: self.state.clone(),
            ..Self::new(key, self.first + kept, self.size - kept)
        };
        self.size = kept;
        rest
    }
}
