//! What is remembered of a campaign's slots.

use super::{
    intent::{Action, Intent},
    money::Money,
    outcome::{Outcome, Status},
    slot::SlotKey,
};
use crate::limits::SLOT_MEMORY_DAYS;
use chrono::{Days, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The slot whose budget a campaign has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The slot.
    pub slot: SlotKey,
    /// The budget to give back when it ends; absent where nothing is to be given back, or that is done.
    pub before: Option<Money>,
    /// The shop's wall-clock time at which it was planned. An earlier time means that the clock has gone back.
    pub since: NaiveDateTime,
    /// The write of its end is done, which happens once.
    pub is_ended: bool,
}

impl Applied {
    fn new(intent: &Intent, before: Option<Money>) -> Self {
        Self { slot: intent.slot.clone(), before, since: intent.at, is_ended: false }
    }
}

/// What became of a slot for which nothing more is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// Its budget was seen to be there.
    Applied,
    /// It cannot be applied.
    GivenUp,
}

/// The memory of one campaign. It must be stored after each change; a new campaign has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// The slot whose budget the campaign has, or had last.
    pub applied: Option<Applied>,
    /// Slots that are not written again.
    pub settled: BTreeMap<SlotKey, Settled>,
    /// What was logged last.
    logged: Option<(SlotKey, Action, Status, String)>,
}

impl Known {
    /// The reason that was logged last of this end of a slot, if it was no success.
    #[must_use]
    pub fn reason(&self, slot: &SlotKey, action: Action) -> Option<&str> {
        let (of, end, status, reason) = self.logged.as_ref()?;
        let is_it = of == slot && *end == action && !matches!(status, Status::Success | Status::AlreadyThere);
        is_it.then_some(reason.as_str())
    }

    /// An edit is about to be sent: keep the budget that it replaces. Stored before the edit, it outlasts a crash after
    /// which the old budget can no longer be read.
    pub fn will_edit(&mut self, intent: &Intent, old: Money) {
        if intent.action == Action::Apply && intent.restore {
            self.applied = Some(Applied::new(intent, Some(intent.carried.unwrap_or(old))));
        }
    }

    /// Takes the outcome of a write. Answers whether it belongs into the log: what is as it was at the tick before, such
    /// as a rule that refuses, is logged once.
    pub fn record(&mut self, intent: &Intent, outcome: &Outcome) -> bool {
        match intent.action {
            Action::Apply => self.record_start(intent, outcome),
            Action::Restore if outcome.settles => self.record_end(intent),
            Action::Restore | Action::Now => {}
        }
        let line = (intent.slot.clone(), intent.action, outcome.status, outcome.reason.clone());
        let is_news = self.logged.as_ref() != Some(&line);
        self.logged = Some(line);
        is_news
    }

    fn record_start(&mut self, intent: &Intent, outcome: &Outcome) {
        if outcome.settles {
            let settled = if outcome.is_in_force() { Settled::Applied } else { Settled::GivenUp };
            self.settled.insert(intent.slot.clone(), settled);
            self.forget(intent);
        }
        if outcome.is_in_force() {
            let before = intent.carried.or(outcome.old.filter(|_| intent.restore));
            self.applied = Some(Applied::new(intent, before));
        } else if let Some(old) = outcome.old.filter(|_| outcome.may_have_changed) {
            self.will_edit(intent, old);
        }
    }

    fn record_end(&mut self, intent: &Intent) {
        let Some(applied) = &mut self.applied else { return };
        match &intent.back_to {
            Some(slot) => {
                // What the slot between owed may have been this slot's own budget, which is there again.
                let before = applied.before.filter(|before| *before != intent.budget);
                *applied = Applied { slot: slot.clone(), ..Applied::new(intent, before) };
            }
            None => (applied.before, applied.is_ended) = (None, true),
        }
    }

    fn forget(&mut self, intent: &Intent) {
        if let Some(oldest) = intent.slot.date.checked_sub_days(Days::new(SLOT_MEMORY_DAYS)) {
            self.settled.retain(|slot, _| slot.date >= oldest);
        }
    }
}
