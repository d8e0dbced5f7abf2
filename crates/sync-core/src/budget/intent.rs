//! A write that is due.

use super::{
    money::Money,
    schedule::Schedule,
    slot::{SlotKey, now_reference_id, reference_id, restore_reference_id},
};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// Which end of a slot a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The slot is open and its budget is not there yet.
    Apply,
    /// The slot has ended and another budget comes back.
    Restore,
    /// Somebody asked for a schedule's budget outside its slots. What is known of slots stays as it is.
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
    /// Which end of the slot.
    pub action: Action,
    /// The slot, with the schedule's id.
    pub slot: SlotKey,
    /// The wanted budget.
    pub budget: Money,
    /// A budget that an earlier slot owes and that this one takes over.
    pub carried: Option<Money>,
    /// The slot's own schedule restores.
    pub restore: bool,
    /// The slot that is still open when this one, which had the precedence, ends: its budget comes back.
    pub back_to: Option<SlotKey>,
    /// The shop's wall-clock time of the tick.
    pub at: NaiveDateTime,
}

impl Intent {
    /// A schedule's budget at once, whatever its slots are.
    #[must_use]
    pub fn now(schedule: &Schedule, at: NaiveDateTime) -> Self {
        Self {
            campaign_id: schedule.campaign_id(),
            action: Action::Now,
            slot: schedule.slot(at.date()),
            budget: schedule.budget(),
            carried: None,
            restore: false,
            back_to: None,
            at,
        }
    }

    /// The reference id of the edit, the same at every try.
    #[must_use]
    pub fn reference_id(&self) -> String {
        match self.action {
            Action::Apply => reference_id(&self.slot),
            Action::Restore => restore_reference_id(&self.slot),
            Action::Now => now_reference_id(&self.slot, self.at),
        }
    }
}
