//! One campaign as it is seen from outside: its schedules as people wrote them, and what the platform shows.

pub use super::trail::{Edit, EndedBy, Missed, Reach};

use super::{
    definition::{Open, Row, Span, State, Why, Wish, open},
    trail::{Asked, Past},
};
use chrono::NaiveDateTime;
use std::collections::{BTreeSet, VecDeque};

/// More states than this are not told apart; then the campaign is not judged until it is calm again.
const STATES_MAX: usize = 300;
/// So long nobody knows what became of an edit whose reference id was used up, in milliseconds: a throttled shop waits before
/// it is read back.
const UNSURE_MS: i64 = 15 * 60_000;
/// Runs that are kept.
const RUNS_MAX: usize = 8;
/// So long a request for a run may take, in milliseconds.
const REQUEST_MS: i64 = 60_000;
/// Clocks are read in whole seconds.
const CLOCK_MS: i64 = 1_000;
/// Slots are remembered for two days.
const REMEMBERED_MS: i64 = 2 * 24 * 60 * 60_000;
/// Wishes that are kept: more do not come within minutes.
const WISHES_MAX: usize = 12;

/// See the module. Budgets are hundredths.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    pub rows: Vec<Row>,
    pub value: i64,
    pub status: String,
    pub states: BTreeSet<State>,
    /// The slot that is open, and since when.
    pub open: Option<(Open, i64)>,
    /// What the clock would show if it did not go back, while it does; else the same slot.
    frozen: Option<Open>,
    past: VecDeque<Past>,
    /// Budgets that a person's hand has replaced, and when.
    replaced: VecDeque<(i64, i64)>,
    /// Runs that somebody has asked for.
    runs: VecDeque<Asked>,
    pub edits: Vec<Edit>,
    pub missed: Vec<Missed>,
    /// Since when the present wishes may be there.
    pub since_ms: i64,
    /// Smallest budget since the last one that we wrote or that a sync has read.
    pub least: i64,
    /// It could not spend at some time since then.
    pub was_off: bool,
    /// When a stop was in force last, or the schedule was changed.
    pub idle_ms: i64,
    /// It was looked at since it changed last.
    pub is_checked: bool,
}

impl Watched {
    pub fn new(value: i64, status: &str, now_ms: i64) -> Self {
        Self {
            value,
            status: status.to_owned(),
            states: [State::default()].into(),
            since_ms: now_ms,
            least: value,
            was_off: status != "ongoing",
            ..Self::default()
        }
    }

    fn slot(&self) -> Option<&Open> {
        self.open.as_ref().map(|(open, _)| open)
    }

    /// It can have no budget in this state.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "ended" | "closed" | "deleted")
    }

    /// The edits that may be wanted now.
    pub fn wishes(&self) -> Vec<Wish> {
        let mut wishes: Vec<Wish> = Vec::new();
        for open in [self.slot(), self.frozen.as_ref()] {
            let new = self.states.iter().flat_map(|state| {
                [state.wish(open, self.value), state.may(open, self.value)].into_iter().flatten()
            });
            for wish in new.collect::<Vec<_>>() {
                if !wishes.contains(&wish) {
                    wishes.push(wish);
                }
            }
        }
        wishes
    }

    /// Something is about to change: whatever may have been done before, may have been done.
    pub fn before_change(&mut self, now_ms: i64, by: EndedBy) {
        self.is_checked = false;
        let may_be_over = |state: &&State| state.run.is_some_and(|span| span.may_end_ms <= now_ms);
        let over: Vec<State> = self.states.iter().filter(may_be_over).map(State::without_run).collect();
        self.states.extend(over);
        for wish in self.wishes() {
            self.past.retain(|past| past.wish != wish);
            self.past.push_back(Past { wish, at_ms: now_ms, by });
            if self.past.len() > WISHES_MAX {
                self.past.pop_front();
            }
        }
        for open in [self.slot().cloned(), self.frozen.clone()] {
            let looked =
                self.states.iter().flat_map(|state| state.looked(open.as_ref(), self.value, self.is_over()));
            let looked: Vec<State> = looked.collect();
            self.states.extend(looked);
        }
        self.bound();
    }

    /// The clock goes on. True if another slot is open, or a run is over.
    pub fn clock(&mut self, clock: NaiveDateTime, frozen: NaiveDateTime, now_ms: i64) -> bool {
        let (new, other) = (open(&self.rows, clock), open(&self.rows, frozen));
        let is_over = |state: &State| state.run.is_some_and(|span| span.must_end_ms <= now_ms);
        let ended = self.states.iter().any(is_over);
        if self.slot() == new.as_ref() && self.frozen == other && !ended {
            return false;
        }
        self.before_change(now_ms, EndedBy::Us);
        if ended {
            self.states = self
                .states
                .iter()
                .map(|state| if is_over(state) { state.without_run() } else { state.clone() })
                .collect();
        }
        if self.slot() != new.as_ref() {
            if new.is_some() {
                // An edit for the slot ends a run, whatever comes of it.
                let ended: Vec<State> = self.states.iter().map(State::without_run).collect();
                self.states.extend(ended);
            }
            self.note_missed(now_ms);
            self.open = new.map(|open| (open, now_ms));
        }
        self.frozen = other;
        self.since_ms = now_ms;
        let today = clock.date();
        self.states = std::mem::take(&mut self.states)
            .into_iter()
            .map(|mut state| {
                state.forget(today);
                state
            })
            .collect();
        true
    }

    fn note_missed(&mut self, now_ms: i64) {
        let Some((open, from_ms)) = &self.open else { return };
        let is_idle = self.idle_ms >= *from_ms;
        if !is_idle && !self.states.iter().any(|state| state.has_settled(&open.cause)) {
            let (open, from_ms) = (open.clone(), *from_ms);
            self.missed.push(Missed { open, from_ms, to_ms: now_ms, was_due: false });
        }
    }

    /// The shop is looked at: what was missed lately is to be told.
    pub fn is_due(&mut self, now_ms: i64) {
        for missed in self.missed.iter_mut().filter(|missed| missed.to_ms + REMEMBERED_MS > now_ms) {
            missed.was_due = true;
        }
    }

    /// A person has changed the schedules.
    pub fn reschedule(&mut self, now_ms: i64, change: impl FnOnce(&mut Vec<Row>)) {
        self.before_change(now_ms, EndedBy::Us);
        change(&mut self.rows);
        // A run that is under way may take the schedule as it was or as it is.
        let asked = self.runs.iter().filter(|run| run.at_ms + REQUEST_MS > now_ms);
        let changed = asked.filter_map(|run| {
            let row = self.rows.iter().find(|row| row.id == run.schedule)?;
            let lasts_ms = row.restores.then_some(i64::from(row.end - row.start) * 60_000);
            Some(Asked { budget: row.budget, lasts_ms, ..run.clone() })
        });
        self.runs.extend(changed.collect::<Vec<_>>());
        // A run whose schedule is changed may be over.
        let over: Vec<State> =
            self.states.iter().filter(|state| state.run.is_some()).map(|state| state.without_run()).collect();
        self.states.extend(over);
        self.since_ms = now_ms;
        // What was open under the old row ends here, and was not missed.
        self.idle_ms = now_ms;
    }

    /// Somebody asks for a run now.
    pub fn run(&mut self, row: &Row, now_ms: i64) {
        let (budget, is_in_force) =
            (row.budget, self.slot().is_some_and(|open| open.cause.schedule == row.id));
        let lasts_ms = row.restores.then_some(i64::from(row.end - row.start) * 60_000);
        let schedule = row.id.clone();
        self.runs.push_back(Asked { schedule, budget, lasts_ms, at_ms: now_ms, is_in_force });
        while self.runs.len() > RUNS_MAX {
            self.runs.pop_front();
        }
        if let Some(lasts_ms) = lasts_ms.filter(|_| budget == self.value && !is_in_force) {
            // Nothing needs to be sent.
            let span = Span {
                may_end_ms: now_ms + lasts_ms - CLOCK_MS,
                must_end_ms: now_ms + lasts_ms + REQUEST_MS,
            };
            let running: Vec<State> = self.states.iter().map(|state| state.running(span)).collect();
            self.states.extend(running);
            self.bound();
        }
    }

    /// A person has set a budget or a state at the platform.
    /// `is_rough`: an edit before may have an unknown outcome.
    pub fn by_hand(&mut self, now_ms: i64, budget: i64, status: &str, is_rough: bool) {
        self.before_change(now_ms, EndedBy::Platform);
        let unsure_ms = self.unsure_ms(now_ms);
        let is_unsure = is_rough || unsure_ms.is_some();
        if let Some(open) = self.slot().filter(|_| is_unsure && budget != self.value) {
            let overtaken: Vec<State> = self.states.iter().map(|state| state.overtaken(open)).collect();
            self.states.extend(overtaken);
        }
        // A hand that sets what an edit wanted: nobody can tell it from the edit.
        let open = self.slot().filter(|_| is_unsure);
        let open = open.map(|open| Wish { budget: open.cause.budget, why: Why::Slot(open.clone()) });
        let past = self.past.iter().filter(|past| unsure_ms.is_some_and(|from_ms| past.at_ms >= from_ms));
        let wishes: Vec<Wish> = past.map(|past| past.wish.clone()).chain(open).collect();
        for wish in wishes.iter().filter(|wish| wish.budget == budget) {
            let as_ours = self.states.iter().flat_map(|state| state.edited(wish, &[self.value], now_ms));
            let as_ours: Vec<State> = as_ours.collect();
            self.states.extend(as_ours);
        }
        if budget != self.value {
            self.replaced.push_back((self.value, now_ms));
            while self.replaced.len() > WISHES_MAX {
                self.replaced.pop_front();
            }
        }
        (self.value, self.status) = (budget, status.to_owned());
        self.least = self.least.min(budget);
        self.was_off |= status != "ongoing";
        self.since_ms = now_ms;
    }

    /// Since when nobody can know what became of an edit whose reference id was used up. While a stop is in force nothing is read.
    fn unsure_ms(&self, now_ms: i64) -> Option<i64> {
        let last = self.edits.iter().rev().take_while(|edit| edit.refused.is_some());
        let mut unsure = last.filter(|edit| edit.refused.as_deref() == Some("error_param"));
        unsure.find(|edit| edit.at_ms.max(self.idle_ms) + UNSURE_MS > now_ms).map(|edit| edit.at_ms)
    }

    /// Budgets that a hand has replaced since the platform may have been read.
    pub fn lately(&self, now_ms: i64, reach: Reach) -> impl Iterator<Item = i64> {
        let replaced = self.replaced.iter().filter(move |(_, at_ms)| *at_ms >= now_ms - reach.platform_ms);
        replaced.map(|(budget, _)| *budget)
    }

    /// The platform has taken an edit. False: nobody could have wanted it.
    pub fn accepted(&mut self, now_ms: i64, budget: i64, reach: Reach) -> bool {
        self.before_change(now_ms, EndedBy::Us);
        let mut before: Vec<i64> = self.lately(now_ms, reach).collect();
        before.push(self.value);
        let mut after = BTreeSet::new();
        for wish in self.candidates(now_ms, budget, reach) {
            after.extend(self.states.iter().flat_map(|state| state.edited(&wish, &before, now_ms)));
        }
        self.edits.push(Edit { at_ms: now_ms, budget, refused: None });
        (self.value, self.least, self.was_off) = (budget, budget, self.status != "ongoing");
        self.since_ms = now_ms;
        let is_wanted = !after.is_empty();
        self.states = after;
        self.bound();
        is_wanted
    }

    /// The platform has refused an edit that it has understood. False: nobody could have wanted it.
    pub fn refused(&mut self, now_ms: i64, budget: i64, code: &str, reach: Reach) -> bool {
        self.before_change(now_ms, EndedBy::Us);
        self.edits.push(Edit { at_ms: now_ms, budget, refused: Some(code.to_owned()) });
        let wishes = self.candidates(now_ms, budget, reach);
        for wish in &wishes {
            if let Why::Slot(open) = &wish.why {
                let refused: Vec<State> =
                    self.states.iter().filter_map(|state| state.refused(open)).collect();
                self.states.extend(refused);
            }
        }
        let is_overtaken = self.replaced.back().is_some_and(|(_, at_ms)| at_ms + UNSURE_MS > now_ms);
        if let Some(open) = self.slot().filter(|_| code == "error_param" && is_overtaken) {
            let overtaken: Vec<State> = self.states.iter().map(|state| state.overtaken(open)).collect();
            self.states.extend(overtaken);
        }
        self.bound();
        // A reference id that was used up by the same edit is no edit of its own.
        let is_again = self.edits.iter().any(|edit| {
            edit.budget == budget && edit.at_ms >= now_ms - reach.platform_ms && edit.at_ms < now_ms
        });
        !wishes.is_empty() || (code == "error_param" && is_again)
    }

    fn candidates(&self, now_ms: i64, budget: i64, reach: Reach) -> Vec<Wish> {
        let is_near = |past: &&Past| {
            let reach_ms = if past.by == EndedBy::Us { reach.us_ms } else { reach.platform_ms };
            past.wish.budget == budget && past.at_ms >= now_ms - reach_ms
        };
        let mut wishes: Vec<Wish> = self.past.iter().filter(is_near).map(|past| past.wish.clone()).collect();
        let asked_ms = now_ms - reach.platform_ms.max(REQUEST_MS);
        let runs = self.runs.iter().filter(|run| run.budget == budget && run.at_ms >= asked_ms);
        wishes.extend(runs.map(|run| {
            let span = run.lasts_ms.map(|lasts_ms| Span {
                may_end_ms: run.at_ms + lasts_ms - CLOCK_MS,
                must_end_ms: now_ms + lasts_ms,
            });
            Wish { budget, why: if run.is_in_force { Why::Rerun } else { Why::Run(span) } }
        }));
        wishes
    }

    /// The scheduler has had its chance: what it leaves alone it must leave alone. `allows` says of a wish that is not
    /// fulfilled, or of a slot that was refused, whether it may be so.
    pub fn calm(
        &mut self,
        now_ms: i64,
        mut allows: impl FnMut(&Self, Option<&Wish>) -> bool,
    ) -> Result<(), String> {
        let open = self.slot().cloned();
        let looked: BTreeSet<State> = self
            .states
            .iter()
            .flat_map(|state| state.looked(open.as_ref(), self.value, self.is_over()))
            .collect();
        let mut after = BTreeSet::new();
        for state in &looked {
            let wish = state.wish(open.as_ref(), self.value);
            let is_refused = open.as_ref().is_some_and(|open| state.is_refused(&open.cause));
            if (wish.is_none() && !is_refused) || allows(self, wish.as_ref()) {
                after.insert(state.clone());
            }
        }
        if after.is_empty() {
            let wishes: BTreeSet<i64> = looked
                .iter()
                .filter_map(|state| state.wish(open.as_ref(), self.value))
                .map(|wish| wish.budget)
                .collect();
            return Err(format!(
                "has budget {}, and by the definition it should have {wishes:?} since {} s",
                self.value,
                (now_ms - self.since_ms) / 1_000
            ));
        }
        (self.states, self.is_checked) = (after, true);
        Ok(())
    }

    /// Where too many things may be known nothing is.
    fn bound(&mut self) {
        while self.states.len() > STATES_MAX {
            self.states.pop_last();
        }
    }
}
