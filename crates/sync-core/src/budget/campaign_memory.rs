//! What is remembered of a campaign: so that nothing is written twice for one cause, and what is owed is not forgotten.

use super::{
    intent::{Action, Intent},
    money::Money,
    outcome::{WriteOutcome, WriteStatus},
    postponed::Postponed,
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
    /// The debt: the budget to give back when no slot is open any more; absent where nothing is owed.
    pub before: Option<Money>,
    /// The shop's wall-clock time at which it was planned. An earlier time means that the clock has gone back.
    pub since: NaiveDateTime,
    /// Its end is done: the debt is paid or void.
    pub is_ended: bool,
    /// It is the span of a run that was asked for, and over then, unix milliseconds.
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

/// What became of a cause for which nothing more is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// Its budget was seen to be there, or a person has set another one since.
    Applied,
    /// It cannot be applied.
    GivenUp,
}

/// The memory of one campaign. It must be stored after each change; a new campaign has an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CampaignMemory {
    /// The slot whose budget the campaign has, or had last.
    pub applied: Option<Applied>,
    /// Causes that are not written again.
    pub settled: BTreeMap<SlotKey, Settled>,
    /// What was logged last.
    logged: Option<(SlotKey, Action, WriteStatus, String)>,
    /// The budgets that Shopee can show after our last edit; empty: that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ours: Vec<Money>,
    /// What `applied` and `ours` were before the edit that is under way; they hold again if it is refused for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Before>,
    /// How many edits were sent.
    pub turn: u32,
    /// The reference id of an edit with an unknown outcome: the next edit takes it over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unused_id: Option<String>,
    /// What was refused for now, and when it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<Postponed>,
    /// The budget that was read or written last, the larger one where that is not known; none: the campaign cannot spend, or
    /// nothing was read.
    pub seen: Option<Money>,
}

impl CampaignMemory {
    /// What became of a cause; none: it is still to be done.
    #[must_use]
    pub fn settled(&self, slot: &SlotKey) -> Option<Settled> {
        self.settled.get(slot).or_else(|| self.settled.get(&slot.of_any_form())).copied()
    }

    /// Whether it is settled, applied, or the cause that was tried last. A run of its schedule is none of these.
    #[must_use]
    pub(super) fn has_tried(&self, slot: &SlotKey) -> bool {
        let is_applied = |applied: &Applied| applied.until_ms.is_none() && applied.slot.is(slot);
        self.settled(slot).is_some()
            || self.applied.as_ref().is_some_and(is_applied)
            || self.logged.as_ref().is_some_and(|(of, action, ..)| *action == Action::Apply && of.is(slot))
    }

    /// The reason that was logged last of this cause, if it was no success.
    #[must_use]
    pub fn reason(&self, slot: &SlotKey, action: Action) -> Option<&str> {
        let (of, end, status, reason) = self.logged.as_ref()?;
        let is_it = of == slot
            && *end == action
            && !matches!(status, WriteStatus::Success | WriteStatus::AlreadyThere);
        is_it.then_some(reason.as_str())
    }

    /// Whether it was refused for now, and its time has not come.
    #[must_use]
    pub fn waits(&self, intent: &Intent) -> bool {
        self.later.as_ref().is_some_and(|later| later.holds(intent))
    }

    /// An edit is about to be sent: keep the budget that it replaces. Stored before the edit, it outlasts a crash after
    /// which the old budget can no longer be read.
    pub fn will_edit(&mut self, intent: &Intent, old: Money, spends: bool) {
        if !intent.is_by_hand() {
            let (applied, ours) = (self.applied.clone(), self.ours.clone());
            self.before.get_or_insert(Before { applied, ours });
        }
        self.may_show(intent, old, spends);
    }

    /// Shopee can show the old budget or the new one.
    fn may_show(&mut self, intent: &Intent, old: Money, spends: bool) {
        self.seen = spends.then(|| old.larger(intent.budget));
        if intent.is_by_hand() {
            return;
        }
        self.ours = vec![old, intent.budget];
        match &mut self.applied {
            Some(applied) if !intent.restore && intent.is_hand(old) => applied.before = None,
            _ if !intent.restore || intent.action == Action::Restore => {}
            // It stays with the slot between until the return is done.
            Some(applied) if intent.is_return => applied.before = applied.before.or(Some(old)),
            _ => self.applied = Some(Applied::new(intent, owed(intent, Some(old)))),
        }
    }

    /// Takes the outcome of a write. Answers whether it belongs into the log: each edit does, and what was decided without
    /// one if it is not as it was at the look before.
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
        // What is there although nothing was sent now may be what an edit before has done.
        if outcome.edits > 0 || (outcome.is_in_force() && self.unused_id.is_some()) {
            self.turn = intent.turn.saturating_add(1);
            self.unused_id = outcome.is_unused.then(|| intent.reference_id());
        }
        self.see(intent, outcome);
        if intent.action == Action::Now {
            // It is told to whoever asked. What is due, and why it is not done yet, is as before.
            return true;
        }
        self.later = Postponed::after(self.later.take(), intent, outcome);
        let line = (intent.slot.clone(), intent.action, outcome.status, outcome.reason.clone());
        let is_news = self.logged.as_ref() != Some(&line);
        self.logged = Some(line);
        is_news || outcome.edits > 0
    }

    /// Where nothing was read, what was known before still is.
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
            // What the slot between owed may have been this slot's own budget, which is there again.
            let before = before.filter(|before| !intent.is_return || *before != intent.budget);
            self.applied = Some(Applied::new(intent, before));
        } else if let Some(old) = outcome.old.filter(|_| outcome.may_have_changed) {
            self.may_show(intent, old, outcome.spends);
        }
    }

    /// A run without an end makes a debt void, as a person does; one of the slot that is in force leaves it.
    fn record_by_hand(&mut self, intent: &Intent, outcome: &WriteOutcome) {
        let is_set = outcome.edits > 0 && outcome.is_in_force();
        let of_another = |applied: &&mut Applied| is_set && !applied.slot.is(&intent.slot);
        if let Some(applied) = self.applied.as_mut().filter(of_another) {
            applied.before = None;
        }
    }

    /// A debt is owed until it is there, a person has set another budget, or the campaign is over.
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

/// What is owed after this write has replaced a budget. One that a person has set meanwhile makes an older debt void.
fn owed(intent: &Intent, old: Option<Money>) -> Option<Money> {
    let by_hand = old.is_some_and(|old| intent.is_hand(old));
    intent.carried.filter(|_| !by_hand).or(old.filter(|_| intent.restore))
}
