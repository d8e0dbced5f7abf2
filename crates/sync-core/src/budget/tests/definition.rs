//! What a budget must be, defined independently of the planning, and a shop whose writes always work.

use super::*;
use compact::SortedMap;

/// The schedule in force at a moment: of the open ones the one with specific dates, then the later start, then the
/// smaller id.
pub(super) fn in_force(schedules: &[Schedule], now: NaiveDateTime) -> Option<&Schedule> {
    let mut best: Option<&Schedule> = None;
    for schedule in schedules.iter().filter(|schedule| schedule.is_open(now)) {
        let beats = |other: &Schedule| {
            let (a, b) = (schedule.days().is_specific(), other.days().is_specific());
            if a != b {
                return a;
            }
            if schedule.start() != other.start() {
                return schedule.start() > other.start();
            }
            schedule.id() < other.id()
        };
        if best.is_none_or(beats) {
            best = Some(schedule);
        }
    }
    best
}

/// The budget after each of these moments: each slot sets its budget when first seen and, if it restores, brings back
/// the earlier one when no longer seen.
pub(super) fn by_definition(schedules: &[Schedule], first: Money, moments: &[NaiveDateTime]) -> Vec<Money> {
    let (mut budget, mut slot, mut before) = (first, None, None);
    let mut budgets = Vec::new();
    for now in moments {
        let open = in_force(schedules, *now);
        let key = open.map(|schedule| schedule.slot(now.date()));
        if key != slot {
            budget = before.take().unwrap_or(budget);
            if let Some(schedule) = open {
                before = schedule.restore().then_some(budget);
                budget = schedule.budget();
            }
            slot = key;
        }
        budgets.push(budget);
    }
    budgets
}

/// One campaign on a platform that always works.
pub(super) struct Shop {
    pub budget: Money,
    pub memory: SortedMap<i64, CampaignMemory>,
    /// Every edit: its slot, purpose and number.
    pub edits: Vec<(SlotKey, Action, u32)>,
}

impl Shop {
    pub fn new(budget: Money) -> Self {
        Self { budget, memory: SortedMap::new(), edits: Vec::new() }
    }

    /// One tick; returns the budget after it.
    pub fn tick(&mut self, schedules: &[Schedule], now: NaiveDateTime) -> Money {
        let plan = plan(schedules, &self.memory, clock(now));
        assert!(plan.intents.len() <= 1, "one write a campaign");
        for intent in plan.intents {
            self.write(intent);
        }
        self.budget
    }

    /// One write, subject to the platform and a person's edits.
    pub fn write(&mut self, intent: Intent) {
        let old = Some(self.budget);
        let outcome = if self.budget == intent.budget {
            WriteOutcome { settles: true, ..WriteOutcome::refused(WriteStatus::AlreadyThere, String::new()) }
        } else if intent.brings_back() && intent.is_hand(self.budget) {
            WriteOutcome {
                settles: true,
                is_hand: true,
                ..WriteOutcome::refused(WriteStatus::Skipped, "hand".into())
            }
        } else {
            self.edits.push((intent.slot.clone(), intent.action, intent.turn));
            self.budget = intent.budget;
            let nothing = WriteOutcome::refused(WriteStatus::Success, String::new());
            WriteOutcome { settles: true, may_have_changed: true, edits: 1, ..nothing }
        };
        let outcome = WriteOutcome { old, spends: true, ..outcome };
        self.memory.entry(7).or_default().record(&intent, &outcome);
    }

    /// Whether nothing was written twice for one cause.
    pub fn has_no_edit_twice(&self) -> bool {
        self.edits.iter().enumerate().all(|(place, edit)| !self.edits[..place].contains(edit))
    }
}
