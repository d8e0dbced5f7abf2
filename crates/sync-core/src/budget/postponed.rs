//! When to try again what Shopee has refused for now.

use super::{
    clock::MINUTE_MS,
    intent::{Action, Intent},
    outcome::{WriteOutcome, WriteStatus},
    slot::SlotKey,
};
use crate::limits::{BUDGET_PAUSE_MINUTES_MAX, DEBT_PAUSE_MINUTES};
use serde::{Deserialize, Serialize};

/// A cause that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    slot: SlotKey,
    action: Action,
    tries: u32,
    /// Unix milliseconds.
    #[serde(default)]
    pub until_ms: i64,
}

impl Postponed {
    /// What follows from an outcome. Rules may have changed, so they are checked at every look.
    pub(super) fn after(before: Option<Self>, intent: &Intent, outcome: &WriteOutcome) -> Option<Self> {
        let is_debt = intent.action == Action::Restore;
        let is_refused = matches!(outcome.status, WriteStatus::Failed | WriteStatus::Unknown);
        if !is_refused || outcome.is_hand || outcome.is_held_back || (outcome.settles && !is_debt) {
            return None;
        }
        let tries = before.filter(|before| before.is_of(intent)).map_or(0, |before| before.tries);
        let growing =
            1_i64.checked_shl(tries).unwrap_or(BUDGET_PAUSE_MINUTES_MAX).min(BUDGET_PAUSE_MINUTES_MAX);
        let minutes = if outcome.settles { DEBT_PAUSE_MINUTES } else { growing };
        let until_ms = intent.at_ms.saturating_add(minutes.saturating_mul(MINUTE_MS));
        let tries = tries.saturating_add(1).min(30);
        Some(Self { slot: intent.slot.clone(), action: intent.action, tries, until_ms })
    }

    fn is_of(&self, intent: &Intent) -> bool {
        self.action == intent.action && self.slot == intent.slot
    }

    /// Whether the intent is this cause and its next try is not due yet.
    pub(super) fn holds(&self, intent: &Intent) -> bool {
        self.is_of(intent) && intent.at_ms < self.until_ms
    }
}
