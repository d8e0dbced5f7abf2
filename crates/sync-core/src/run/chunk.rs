//! One chunk of a run and its life: pending → queued → leased → done or failed.

use crate::ids::ChunkKey;
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;

/// Where a chunk stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// Waits for a place in the window, and until `not_before_ms`.
    Pending {
        /// Unix milliseconds.
        not_before_ms: i64,
    },
    /// A message is on its way; taken for lost at `until_ms`.
    Queued {
        /// Unix milliseconds.
        until_ms: i64,
    },
    /// A consumer works on it until `until_ms` at the latest.
    Leased {
        /// Unix milliseconds.
        until_ms: i64,
    },
    /// Its data are in Postgres.
    Done {
        /// What the attempt did.
        result: ChunkResult,
    },
    /// Given up.
    Failed {
        /// The class of the last error.
        class: ErrorClass,
        /// The last error, for people.
        message: String,
    },
}

impl ChunkState {
    /// Done or failed: nothing more will happen.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }

    /// Its word: `pending`, `queued`, `leased`, `done` or `failed`.
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

    /// Takes a place in the window.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Leased { .. })
    }
}

/// What one successful attempt did. Every id of the chunk is in exactly one of the first four counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChunkResult {
    /// Ids whose data changed and were written.
    pub written: u32,
    /// Ids whose data were already as they are on the platform.
    pub unchanged: u32,
    /// Ids that the platform no longer knows.
    pub vanished: u32,
    /// Ids whose answer could not be used.
    pub quarantined: u32,
    /// Those of the quarantined ids about which Shopee said nothing.
    pub unanswered: u32,
    /// The first of the quarantined ids, with the reason.
    pub quarantined_ids: Vec<Quarantined>,
    /// Rows that could not be read, of campaigns and of the shop. What was stored of them before stays.
    pub malformed_rows: u32,
    /// What was not as documented, each kind once, at most [`DRIFT_NAMED_MAX`](crate::DRIFT_NAMED_MAX).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// Shopee answered with a part only. What it left out stays as it was.
    pub partial: bool,
    /// Of the shop totals: Shopee's code for an ads account that is not there, or does not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Rows written to Postgres.
    pub rows_written: u64,
    /// Calls made to Shopee.
    pub calls: u32,
    /// Time of the attempt's calls and statements, in milliseconds; waits for permits are not in it.
    pub duration_ms: u64,
}

impl ChunkResult {
    /// The number of ids that this result accounts for.
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
    /// What is wrong with it; absent: nobody knows the field.
    pub problem: Option<String>,
    /// The campaign it was seen with, where there is one.
    pub campaign_id: Option<i64>,
    /// The beginning of the value, or of the row that could not be read.
    pub sample: String,
}

impl Drift {
    /// The problem of a field that rows lack which are used all the same.
    pub const LACKING: &'static str = "is missing; the rows are used without it";
}

/// An id that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The campaign.
    pub id: i64,
    /// Why it could not be used.
    pub reason: String,
}

/// One chunk. Its ids are `first..first + size` of what its stage works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Stage and index.
    pub key: ChunkKey,
    /// Where its ids begin: in the plan, or in what is left of it for the performance stage.
    pub first: u32,
    /// How many ids it has; 0 for the shop totals.
    pub size: u32,
    /// Where it stands.
    pub state: ChunkState,
    /// Attempts that were started.
    pub attempt: u32,
    /// Attempts that failed. Those that gave way to a wait do not count.
    pub failures: u32,
    /// Calls of attempts that came to nothing.
    pub failed_calls: u32,
    /// Of a done chunk of settings: the campaigns whose performance is to be fetched. Absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spenders: Option<Vec<i64>>,
    /// Done by the run whose failed chunks this run tries again.
    pub carried: bool,
    /// The last error, kept while the chunk waits for its next attempt.
    pub last_error: Option<String>,
    /// The run's revision when this chunk last changed.
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

    /// Of a chunk of settings: how many of its campaigns are left out of the performance stage.
    #[must_use]
    pub fn left_out(&self) -> u32 {
        let kept = self.spenders.as_ref().map_or(self.size as usize, Vec::len);
        self.size.saturating_sub(u32::try_from(kept).unwrap_or(u32::MAX))
    }

    /// Cuts the chunk in two: it keeps the first half; the answer is the other one, under a key of its own.
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
