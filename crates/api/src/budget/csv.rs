//! Schedules as CSV.

use serde::{Deserialize, Serialize};

/// What became of a file whose lines are all valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lines {
    /// Nothing was stored, since nothing was to be.
    pub dry_run: bool,
    /// In the order of the file.
    pub lines: Vec<Line>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// Its number in the file.
    pub line: usize,
    /// The campaign, if it could be read.
    pub campaign_id: Option<i64>,
    /// `created`: stored; `valid`: nothing was stored; `refused`.
    pub status: String,
    /// The new schedule.
    pub schedule_id: Option<String>,
    /// Of a refused one: the column at fault.
    pub field: Option<String>,
    /// Of a refused one: the stable name of the rule that it breaks.
    pub rule: Option<String>,
    /// Of a refused one: what is wrong and what is allowed.
    pub reason: Option<String>,
}
