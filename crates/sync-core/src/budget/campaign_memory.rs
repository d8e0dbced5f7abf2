//! What is remembered of a campaign, so that nothing is written twice for one cause and no debt is forgotten.

use super::{
    intent::{Action, Intent},
    money::Money,
    outcome::{WriteOutcome, WriteStatus},
    postponed::Postponed,
    slot::SlotKey,
};
use crate::limits::SLOT_MEMORY_DAYS;
use chrono::{Days, NaiveDateTime};
use compact::SortedMap;
use serde::{Deserialize, Serialize};

/// The slot whose budget a campaign has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The slot.
    pub slot: SlotKey,
    /// The debt: the budget to restore when no slot is open any more; `None` if nothing is owed.
    pub before: Option<Money>,
    /// The shop's wall-clock time at which the write was planned. If the clock shows an earlier time, it has gone back.
    pub since: NaiveDateTime,
    /// Whether the slot's end has been handled: the debt is paid or void.
    pub is_ended: bool,
    /// For a run now with an end: when it ends, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl Applied {
    fn new(intent: &Intent, before: Option<Money>) -> Self {
        let (slot, since, until_ms) = (intent.slot.clone(), intent.at, intent.until_ms);
        Self { slot, before, since, is_ended: false, until_ms }
    }
}

/// What was known before an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    applied: Option<Applied>,
    ours: Vec<Money>,
}

/// How a cause was settled, so that nothing more is to be done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// Its budget was in force, or a person has set another one since.
    Applied,
    /// It cannot be applied.
    GivenUp,
}

/// The memory of one campaign. Store it after each change; a new campaign starts with an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CampaignMemory {
    /// The slot whose budget the campaign has, or last had.
    pub applied: Option<Applied>,
    /// Causes that are not written again.
    pub settled: SortedMap<SlotKey, Settled>,
    /// The last log entry.
    logged: Option<(SlotKey, Action, WriteStatus, String)>,
    /// The budgets that Shopee may show after our last edit; empty if unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ours: Vec<Money>,
    /// `applied` and `ours` before the edit that is under way; restored if the edit is certainly refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Before>,
    /// How many edits were sent.
    pub turn: u32,
    /// The reference id of an edit with an unknown outcome; the next edit reuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_id: Option<String>,
    /// A cause that was refused for now, and when to try it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Postponed>,
    /// The budget last read or written, or the larger one if that is unknown; `None` if the campaign cannot spend, or
    /// nothing was read.
    pub seen: Option<Money>,
}

impl CampaignMemory {
    /// How a cause was settled; `None` if it still has to be written.
    #[must_use]
    pub fn settled(&self, slot: &SlotKey) -> Option<Settled> {
        self.settled.get(slot).or_else(|| self.settled.get(&slot.of_any_form())).copied()
    }

    /// Whether the slot is settled, applied, or the last cause tried. A run now of its schedule does not count.
    #[must_use]
    pub(super) fn has_tried(&self, slot: &SlotKey) -> bool {
        let is_applied = |applied: &Applied| applied.until_ms.is_none() && applied.slot.is(slot);
        self.settled(slot).is_some()
            || self.applied.as_ref().is_some_and(is_applied)
            || self.logged.as_ref().is_some_and(|(of, action, ..)| *action == Action::Apply && of.is(slot))
    }

    /// The reason last logged for this cause, unless it was a success.
    #[must_use]
    pub fn reason(&self, slot: &SlotKey, action: Action) -> Option<&str> {
        let (of, end, status, reason) = self.logged.as_ref()?;
        let is_it = of == slot
            && *end == action
            && !matches!(status, WriteStatus::Success | WriteStatus::AlreadyThere);
        is_it.then_some(reason.as_str())
    }

    /// Whether the intent was refused for now and its next try is not due yet.
    #[must_use]
    pub fn waits(&self, intent: &Intent) -> bool {
        self.later.as_ref().is_some_and(|later| later.holds(intent))
    }

    /// Remembers the budget that an edit is about to replace. Since it is stored before the edit, it survives a crash
    /// after which the old budget can no longer be read.
    pub fn will_edit(&mut self, intent: &Intent, old: Money, spends: bool) {
        if !intent.is_by_hand() {
            let (applied, ours) = (self.applied.clone(), self.ours.clone());
            self.before.get_or_insert(Before { applied, ours });
        }
        self.may_show(intent, old, spends);
    }

    /// Records that Shopee may show the old budget or the new one.
    fn may_show(&mut self, intent: &Intent, old: Money, spends: bool) {
        self.seen = spends.then(|| old.larger(intent.budget));
        if intent.is_by_hand() {
            return;
        }
        self.ours = vec![old, intent.budget];
        match &mut self.applied {
            Some(applied) if !intent.restore && intent.is_hand(old) => applied.before = None,
            _ if !intent.restore || intent.action == Action::Restore => {}
            // The debt stays with the slot in between until the return is done.
            Some(applied) if intent.is_return => applied.before = applied.before.or(Some(old)),
            _ => self.applied = Some(Applied::new(intent, owed(intent, Some(old)))),
        }
    }

    /// Records the outcome of a write. Returns whether to log it: every edit is logged, and a decision without an edit
    /// only if it differs from the one at the previous look.
    pub fn record(&mut self, intent: &Intent, outcome: &WriteOutcome) -> bool {
        let before = self.before.take();
        if let Some(before) = before.filter(|_| !outcome.may_have_changed && !outcome.is_in_force()) {
            (self.applied, self.ours) = (before.applied, before.ours);
        }
        match intent.action {
            Action::Restore => self.record_end(intent, outcome),
            _ if intent.is_by_hand() => self.record_by_hand(intent, outcome),
            Action::Apply | Action::Now => self.record_start(intent, outcome),
        }
        if outcome.is_in_force() && !intent.is_by_hand() {
            self.ours = vec![intent.budget];
        }
        // If the budget is in force although nothing was sent now, an earlier edit may have had its effect.
        if outcome.edits > 0 || (outcome.is_in_force() && self.unused_id.is_some()) {
            self.turn = intent.turn.saturating_add(1);
            self.unused_id = outcome.is_unused.then(|| intent.reference_id());
        }
        self.see(intent, outcome);
        if intent.action == Action::Now {
            // The caller gets this outcome. What is due, and why it is not done yet, stays as before.
            return true;
        }
        self.later = Postponed::after(self.later.take(), intent, outcome);
        let line = (intent.slot.clone(), intent.action, outcome.status, outcome.reason.clone());
        let is_news = self.logged.as_ref() != Some(&line);
        self.logged = Some(line);
        is_news || outcome.edits > 0
    }

    /// Updates the budget last seen. If nothing was read, the earlier knowledge stays.
    fn see(&mut self, intent: &Intent, outcome: &WriteOutcome) {
        let now = match outcome.last {
            _ if outcome.is_in_force() => intent.budget,
            Some(last) if outcome.may_have_changed => last.larger(intent.budget),
            Some(last) => last,
            None => return,
        };
        self.seen = Some(now).filter(|_| outcome.spends);
    }

    fn record_start(&mut self, intent: &Intent, outcome: &WriteOutcome) {
        let is_there = outcome.is_in_force() || (outcome.settles && outcome.is_hand);
        if outcome.settles && intent.action == Action::Apply {
            let settled = if is_there { Settled::Applied } else { Settled::GivenUp };
            self.settled.remove(&intent.slot.of_any_form());
            self.settled.insert(intent.slot.clone(), settled);
            self.forget(intent);
        }
        if is_there {
            let before = owed(intent, outcome.old).filter(|_| !(outcome.is_hand && intent.is_return));
            // The debt of the slot in between may be this slot's own budget, which is in force again.
            let before = before.filter(|before| !intent.is_return || *before != intent.budget);
            self.applied = Some(Applied::new(intent, before));
        } else if let Some(old) = outcome.old.filter(|_| outcome.may_have_changed) {
            self.may_show(intent, old, outcome.spends);
            if let Some(applied) = self.applied.as_mut().filter(|_| outcome.status == WriteStatus::Failed) {
                // Its caller is told so, and what was due before is due again.
                applied.until_ms = None;
            }
        }
    }

    /// Records a run now without an end: like a person's edit, it voids a debt, unless that is its own slot's.
    fn record_by_hand(&mut self, intent: &Intent, outcome: &WriteOutcome) {
        let is_set = outcome.edits > 0 && outcome.is_in_force();
        let of_another = |applied: &&mut Applied| is_set && !applied.slot.is(&intent.slot);
        if let Some(applied) = self.applied.as_mut().filter(of_another) {
            applied.before = None;
        }
    }

    /// Records the end of a slot. A debt stays owed until it is paid, a person sets another budget, or the campaign is
    /// over.
    fn record_end(&mut self, intent: &Intent, outcome: &WriteOutcome) {
        let is_over = outcome.is_in_force() || (outcome.settles && outcome.status == WriteStatus::Skipped);
        if let Some(applied) = self.applied.as_mut().filter(|_| is_over || outcome.is_hand) {
            (applied.before, applied.is_ended, applied.since) = (None, true, intent.at);
        }
    }

    fn forget(&mut self, intent: &Intent) {
        if let Some(oldest) = intent.slot.date.checked_sub_days(Days::new(SLOT_MEMORY_DAYS)) {
            self.settled.retain(|slot, _| slot.date >= oldest);
        }
    }
}

/// The debt after this write has replaced a budget. A budget that a person has set meanwhile voids an older debt.
fn owed(intent: &Intent, old: Option<Money>) -> Option<Money> {
    let by_hand = old.is_some_and(|old| intent.is_hand(old));
    intent.carried.filter(|_| !by_hand).or(old.filter(|_| intent.restore))
}
