//! A write that is due.

use super::{
    money::Money,
    slot::{SlotKey, compact_date, reference_id},
};
use chrono::{NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};

/// The purpose of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A slot is open, but its budget is not in force yet, or no longer.
    Apply,
    /// No slot is open, and the debt of the last one is to be restored.
    Restore,
    /// A caller asked for a schedule's budget outside its slots.
    Now,
}

impl Action {
    /// The action's name in the log.
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
    /// The purpose of the write.
    pub action: Action,
    /// The slot, with the schedule's id.
    pub slot: SlotKey,
    /// The wanted budget.
    pub budget: Money,
    /// A debt that this slot takes over.
    pub carried: Option<Money>,
    /// Whether the slot's own schedule restores.
    pub restore: bool,
    /// Whether the slot had its budget before and another of our writes came between: the budget comes back as a debt
    /// does, unless a person has set another one.
    #[serde(default)]
    pub is_return: bool,
    /// The budgets that Shopee may show without a person's edit; empty if unknown.
    #[serde(default)]
    pub ours: Vec<Money>,
    /// The shop's wall-clock time of the look.
    pub at: NaiveDateTime,
    /// The moment of the look, unix milliseconds.
    #[serde(default)]
    pub at_ms: i64,
    /// When a run now that restores ends, unix milliseconds.
    #[serde(default)]
    pub until_ms: Option<i64>,
    /// The number of the edit within the campaign.
    #[serde(default)]
    pub turn: u32,
    /// The reference id of the edit, the same for every try.
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

    /// Moves on to a new reference id, since the current one is used up.
    pub(super) fn next_attempt(&mut self) {
        self.turn = self.turn.saturating_add(1);
        self.reference_id = self.own_id();
    }

    /// The reference id of the edit, the same for every try.
    #[must_use]
    pub fn reference_id(&self) -> String {
        if !self.reference_id.is_empty() {
            return self.reference_id.clone();
        }
        // An older release has stored this write, and may have sent it.
        let slot = format!("{}-{}", self.slot.schedule, compact_date(self.slot.date));
        match self.action {
            Action::Apply => slot,
            Action::Restore => format!("{slot}-r"),
            Action::Now => {
                let at = self.at;
                format!("{slot}-n{:02}{:02}{:02}", at.hour(), at.minute(), at.second())
            }
        }
    }

    /// Whether the write restores an earlier budget, and only if no person has set another one.
    pub(super) fn brings_back(&self) -> bool {
        self.action == Action::Restore || self.is_return
    }

    /// Whether this is a run now without an end: it counts as a person's edit and leaves what is known of slots
    /// unchanged.
    pub(super) fn is_by_hand(&self) -> bool {
        self.action == Action::Now && !self.restore
    }

    /// Whether a person set this budget, as far as is known.
    pub(super) fn is_hand(&self, budget: Money) -> bool {
        !self.ours.is_empty() && !self.ours.contains(&budget)
    }

    /// Whether both have the same cause and want the same budget.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.campaign_id, self.action, self.budget) == (other.campaign_id, other.action, other.budget)
            && self.slot.is(&other.slot)
    }
}
