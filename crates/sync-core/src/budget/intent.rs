//! A write that is due.

use super::{
    money::Money,
    slot::{SlotKey, reference_id},
};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// What a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The slot is open and its budget is not there yet, or not any more.
    Apply,
    /// No slot is open, and what the last one owes comes back.
    Restore,
    /// Somebody asked for a schedule's budget outside its slots.
    Now,
}

impl Action {
    /// Its word in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Restore => "restore",
            Self::Now => "now",
        }
    }
}

/// One write that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The campaign.
    pub campaign_id: i64,
    /// What it is for.
    pub action: Action,
    /// The slot, with the schedule's id.
    pub slot: SlotKey,
    /// The wanted budget.
    pub budget: Money,
    /// A budget that is owed and that this slot takes over.
    pub carried: Option<Money>,
    /// The slot's own schedule restores.
    pub restore: bool,
    /// The slot had its budget before, and something else of ours came between: it comes back as a debt does, unless a
    /// person has set another one.
    #[serde(default)]
    pub is_return: bool,
    /// The budgets that Shopee can show without a person's doing; empty: that is not known.
    #[serde(default)]
    pub ours: Vec<Money>,
    /// The shop's wall-clock time of the look.
    pub at: NaiveDateTime,
    /// The moment of the look, unix milliseconds.
    #[serde(default)]
    pub at_ms: i64,
    /// When the span of a run that restores is over, unix milliseconds.
    #[serde(default)]
    pub until_ms: Option<i64>,
    /// The number of the edit among the campaign's.
    #[serde(default)]
    pub turn: u32,
    /// The reference id of the edit, the same at every try.
    #[serde(default)]
    pub(super) reference_id: String,
}

impl Intent {
    pub(super) fn own_id(&self) -> String {
        let mark = match self.action {
            Action::Apply => 'a',
            Action::Restore => 'r',
            Action::Now => 'n',
        };
        reference_id(&self.slot, mark, self.turn)
    }

    /// The reference id is used up: the next attempt has another.
    pub(super) fn next_attempt(&mut self) {
        self.turn = self.turn.saturating_add(1);
        self.reference_id = self.own_id();
    }

    /// The reference id of the edit, the same at every try.
    #[must_use]
    pub fn reference_id(&self) -> String {
        if !self.reference_id.is_empty() {
            return self.reference_id.clone();
        }
        // A write that an older release has stored, and may have sent.
        let slot = format!("{}-{}", self.slot.schedule, self.slot.date.format("%Y%m%d"));
        match self.action {
            Action::Apply => slot,
            Action::Restore => format!("{slot}-r"),
            Action::Now => format!("{slot}-n{}", self.at.format("%H%M%S")),
        }
    }

    /// It brings back an earlier budget, and only if no person has set another one.
    pub(super) fn brings_back(&self) -> bool {
        self.action == Action::Restore || self.is_return
    }

    /// A run without an end is as if a person had set the budget: what is known of slots stays as it is.
    pub(super) fn is_by_hand(&self) -> bool {
        self.action == Action::Now && !self.restore
    }

    /// Whether a budget was set by a person, as far as that is known.
    pub(super) fn is_hand(&self, budget: Money) -> bool {
        !self.ours.is_empty() && !self.ours.contains(&budget)
    }

    /// Whether both are for the same cause and want the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.campaign_id, self.action, self.budget) == (other.campaign_id, other.action, other.budget)
            && self.slot.is(&other.slot)
    }
}
