//! What became of a budget write.

use super::money::Money;
use serde::{Deserialize, Serialize};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteStatus {
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
pub struct WriteOutcome {
    /// How it ended.
    pub status: WriteStatus,
    /// Why, in a sentence; empty for a success. A rule's sentence begins with its name.
    pub reason: String,
    /// The budget before the write, where it could be read.
    pub old: Option<Money>,
    /// The budget that was read last, which is also another one than before where somebody has changed it meanwhile.
    #[serde(default)]
    pub last: Option<Money>,
    /// An edit was sent that may have taken effect, also later.
    pub may_have_changed: bool,
    /// Nothing more is to be done for this cause; a debt that was refused stays owed. If not, a later look tries again.
    pub settles: bool,
    /// What Shopee shows was set by a person, and stays.
    #[serde(default)]
    pub is_hand: bool,
    /// Not sent again because a rule or a stop forbids it at present.
    #[serde(default)]
    pub is_held_back: bool,
    /// Edits that were sent.
    #[serde(default)]
    pub edits: u32,
    /// The reference id may still be free: an edit under it has an unknown outcome.
    #[serde(default)]
    pub is_unused: bool,
    /// The campaign can spend, as was read.
    #[serde(default)]
    pub spends: bool,
}

impl WriteOutcome {
    /// Nothing was asked for.
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

    /// Whether the wanted budget was seen.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        matches!(self.status, WriteStatus::Success | WriteStatus::AlreadyThere)
    }

    /// The word for `apishopee_ads_budget_logs.status`, which knows three.
    #[must_use]
    pub fn log_word(&self) -> &'static str {
        match self.status {
            WriteStatus::Success => "success",
            WriteStatus::AlreadyThere | WriteStatus::Skipped => "skipped",
            WriteStatus::Failed | WriteStatus::Unknown => "failed",
        }
    }
}
