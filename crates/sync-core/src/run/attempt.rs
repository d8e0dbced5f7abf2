//! One attempt at a chunk: what it is given, and what became of it.

use super::{chunk::ChunkResult, fetch_policy::FetchPolicy, window::Window};
use crate::{
    ids::{ChunkKey, Generation},
    job::Kind,
    rate::hold::Hold,
};
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

/// One attempt at a chunk: everything a consumer needs to make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The run.
    pub generation: Generation,
    /// The chunk.
    pub key: ChunkKey,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the right to make it ends, unix milliseconds.
    pub lease_until_ms: i64,
    /// The campaigns; empty for the shop totals.
    pub ids: Vec<i64>,
    /// Calls that it takes when nothing goes wrong.
    pub calls: u32,
    /// Which days to fetch.
    pub window: Window,
    /// What is synced.
    pub kind: Kind,
    /// What is left out.
    #[serde(default)]
    pub fetch: FetchPolicy,
    /// Part of a direct run: its chunk has no row of its own in the queue table.
    pub direct: bool,
    /// If this attempt fails, the chunk is given up.
    #[serde(default)]
    pub is_last: bool,
    /// Of a chunk of settings after a complete listing: what is stored between these two ids, both included, and is not among
    /// the chunk's has left the list.
    #[serde(default)]
    pub listed: Option<(i64, i64)>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFailure {
    /// The class decides what happens next.
    pub class: ErrorClass,
    /// For people.
    pub message: String,
    /// The wait that the platform asked for, in seconds.
    pub retry_after_s: Option<u32>,
    /// Calls made to Shopee by this attempt.
    pub calls: u32,
    /// What was called; none where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
}

impl AttemptFailure {
    /// No further attempt of this run can help.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.class, ErrorClass::FatalConfiguration | ErrorClass::Reconsent)
    }

    /// There were too many calls: the work waits, and nothing has gone wrong with it.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        matches!(self.class, ErrorClass::PauseShop | ErrorClass::PauseApp | ErrorClass::PauseUntilQuotaDay)
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The data are in Postgres.
    Done {
        /// What was done.
        result: ChunkResult,
        /// Of a chunk of settings: the campaigns whose performance is to be fetched. Absent: all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spenders: Option<Vec<i64>>,
    },
    /// Nothing is known to be written.
    Failed {
        /// Why.
        failure: AttemptFailure,
    },
    /// No permit was to be had soon: the work waits.
    Deferred {
        /// Until when, and why.
        hold: Hold,
        /// Calls made before.
        calls: u32,
    },
    /// Postgres refused the write: an operator has reset the shop, or a newer run exists.
    Fenced,
}
