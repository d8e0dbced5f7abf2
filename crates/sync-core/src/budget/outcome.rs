//! The outcome of a budget write.

use super::money::Money;
use serde::{Deserialize, Serialize};

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteStatus {
    /// An edit was sent, and the budget read afterwards is the wanted one.
    Success,
    /// The budget was the wanted one before anything was sent.
    AlreadyThere,
    /// Nothing was sent, because of a rule or because the campaign takes no edits.
    Skipped,
    /// The budget read last is another one, or nothing was sent because no read succeeded.
    Failed,
    /// An edit was sent, and no read succeeded afterwards.
    Unknown,
}

/// How a write ended, and what follows for the slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteOutcome {
    /// How the write ended.
    pub status: WriteStatus,
    /// The reason in a sentence; empty for a success. For a rule it begins with the rule's name.
    pub reason: String,
    /// The budget before the write, if it could be read.
    pub old: Option<Money>,
    /// The budget read last; it may also differ from the earlier one because somebody else has changed it meanwhile.
    #[serde(default)]
    pub last: Option<Money>,
    /// Whether an edit was sent that may have taken effect or still may.
    pub may_have_changed: bool,
    /// Whether nothing more is to be done for this cause; a refused debt stays owed. If not, a later look tries again.
    pub settles: bool,
    /// Whether a person set the budget that Shopee shows, so that it stays.
    #[serde(default)]
    pub is_hand: bool,
    /// Whether a rule or a stop currently prevents another edit.
    #[serde(default)]
    pub is_held_back: bool,
    /// How many edits were sent.
    #[serde(default)]
    pub edits: u32,
    /// Whether the reference id may still be free, because an edit under it has an unknown outcome.
    #[serde(default)]
    pub is_unused: bool,
    /// Whether the campaign can spend, according to the last read.
    #[serde(default)]
    pub spends: bool,
}

impl WriteOutcome {
    /// An outcome for which nothing was sent or read.
    #[must_use]
    pub fn refused(status: WriteStatus, reason: String) -> Self {
        let (may_have_changed, settles, is_hand, is_held_back) = (false, false, false, false);
        let (is_unused, spends) = (false, false);
        let (old, last) = (None, None);
        Self {
            status,
            reason,
            old,
            last,
            may_have_changed,
            settles,
            is_hand,
            is_held_back,
            edits: 0,
            is_unused,
            spends,
        }
    }

    /// Whether the wanted budget is in force.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        matches!(self.status, WriteStatus::Success | WriteStatus::AlreadyThere)
    }

    /// The value for `apishopee_ads_budget_logs.status`, which allows three.
    #[must_use]
    pub fn log_word(&self) -> &'static str {
        match self.status {
            WriteStatus::Success => "success",
            WriteStatus::AlreadyThere | WriteStatus::Skipped => "skipped",
            WriteStatus::Failed | WriteStatus::Unknown => "failed",
        }
    }
}
