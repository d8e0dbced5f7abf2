//! The result of a round.

use super::fault::Injection;
use crate::demo::{Rows, seed::Shop};

/// A fault that was injected.
#[derive(Clone, Debug)]
pub struct Injected {
    /// The fault and its time.
    pub injection: Injection,
    /// A description for people.
    pub what: String,
    /// Time from the end of the fault to the next completed chunk.
    pub recovered_ms: u64,
}

/// The result of a round.
#[derive(Clone, Debug)]
pub struct RoundResult {
    /// The shop.
    pub shop: Shop,
    /// The injected faults: all, or the first ones if the run ended early.
    pub injected: Vec<Injected>,
    /// The run's final status; `running` if it did not end.
    pub status: String,
    /// The run failed, and a retry completed it.
    pub completed_by_retry: bool,
    /// Comparison with the mock's expected rows.
    pub rows: Rows,
    /// Duplicate rows.
    pub duplicate_rows: u64,
    /// Duplicate calls, see [`super::duplicate_calls`].
    pub duplicate_calls: u64,
    /// Time from the request to the end of the run.
    pub duration_ms: u64,
    /// Violated expectations.
    pub problems: Vec<String>,
}
