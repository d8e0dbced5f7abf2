//! What became of a budget write.

use super::money::Money;
use serde::{Deserialize, Serialize};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// An edit was sent, and the budget read afterwards is the wanted one.
    Success,
    /// The budget was the wanted one before anything was sent.
    AlreadyThere,
    /// Nothing was sent, by a rule or because the campaign takes no edits.
    Skipped,
    /// The budget read last is another one, or nothing was sent because nothing could be read.
    Failed,
    /// An edit was sent, and nothing could be read afterwards.
    Unknown,
}

/// How it ended, and what follows for the slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Why, in a sentence; empty for a success. A rule's sentence begins with its name.
    pub reason: String,
    /// The budget before the write, where it could be read.
    pub old: Option<Money>,
    /// An edit was sent that may have taken effect, also later.
    pub may_have_changed: bool,
    /// Nothing more is to be done for this end of the slot. If not, a later tick tries again.
    pub settles: bool,
}

impl Outcome {
    /// Whether the wanted budget was seen.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        matches!(self.status, Status::Success | Status::AlreadyThere)
    }

    /// The word for `apishopee_ads_budget_logs.status`, which knows three.
    #[must_use]
    pub fn log_word(&self) -> &'static str {
        match self.status {
            Status::Success => "success",
            Status::AlreadyThere | Status::Skipped => "skipped",
            Status::Failed | Status::Unknown => "failed",
        }
    }
}
