//! Which budget a campaign should have, written from docs/budgets.md alone and without looking at how it is planned.
//!
//! Not everything that matters can be seen from outside: whether a slot whose budget is there already was looked at before
//! a person changed it, for one. So a campaign has several [`State`]s at a time, all of which what was seen allows. What
//! happens takes away those that do not agree with it; where none is left, the definition was broken.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Causes are forgotten so many days after their own: no slot of theirs can be open again.
const MEMORY_DAYS: i64 = 2;

/// On which days a schedule has a slot.
#[derive(Clone, Debug, PartialEq)]
pub enum Days {
    /// By day of the week, Sunday first.
    Week([bool; 7]),
    /// These dates.
    Dates(BTreeSet<NaiveDate>),
}

/// A schedule as a person has written it. Times are minutes of the day, budgets hundredths.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: String,
    pub start: u16,
    pub end: u16,
    pub budget: i64,
    pub days: Days,
    pub is_active: bool,
    pub restores: bool,
}

/// What makes one slot different from another: changing any of it makes a new cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    pub date: NaiveDate,
    pub schedule: String,
    pub start: u16,
    pub end: u16,
    pub budget: i64,
}

/// An open slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    pub cause: Cause,
    pub restores: bool,
}

impl Row {
    fn is_open(&self, clock: NaiveDateTime) -> bool {
        let minute = (clock.hour() * 60 + clock.minute()) as u16;
        self.is_active && self.holds(clock.date()) && self.start <= minute && minute < self.end
    }

    fn holds(&self, date: NaiveDate) -> bool {
        match &self.days {
            Days::Week(days) => days[date.weekday().num_days_from_sunday() as usize],
            Days::Dates(dates) => dates.contains(&date),
        }
    }

    /// Whether both may be open at a time, or begin at the same minute.
    pub fn meets(&self, other: &Self) -> bool {
        let days = match (&self.days, &other.days) {
            (Days::Dates(a), Days::Dates(b)) => !a.is_disjoint(b),
            _ => true,
        };
        let times = self.start < other.end && other.start < self.end;
        self.start == other.start || (days && times)
    }
}

/// The slot that counts: a specific date comes before a day of the week, then the later start, then the smaller id.
pub fn open(rows: &[Row], clock: NaiveDateTime) -> Option<Open> {
    let open = rows.iter().filter(|row| row.is_open(clock));
    let best = open.min_by_key(|row| (!matches!(row.days, Days::Dates(_)), Reverse(row.start), &row.id))?;
    let (schedule, budget) = (best.id.clone(), best.budget);
    let cause = Cause { date: clock.date(), schedule, start: best.start, end: best.end, budget };
    Some(Open { cause, restores: best.restores })
}

/// What is owed, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Debt {
    pub amount: i64,
    /// Since when, unix milliseconds.
    pub since_ms: i64,
}

/// What may be known of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// The causes that are not written again, and whether one was refused for good.
    settled: BTreeMap<Cause, bool>,
    pub debt: Option<Debt>,
    /// What we wrote last.
    written: Option<i64>,
    /// Until when a run now lasts, if one is under way.
    pub run: Option<Span>,
}

/// When a run now is over, unix milliseconds: from the one time on it may be, from the other on it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub may_end_ms: i64,
    pub must_end_ms: i64,
}

/// An edit that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub budget: i64,
    pub why: Why,
}

/// Why it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    Slot(Open),
    /// What is owed since a time is brought back.
    Debt(i64),
    /// A slot that is in force again after something else of ours was, and that was settled before.
    Again(Open),
    /// A run now, with its span if its schedule restores.
    Run(Option<Span>),
    /// A run now of the slot that is open: what is owed stays.
    Rerun,
}

impl State {
    /// The edit that is wanted while Shopee shows `value`.
    pub fn wish(&self, open: Option<&Open>, value: i64) -> Option<Wish> {
        match (open, self.debt) {
            (Some(open), _) => {
                let is_wanted = !self.settled.contains_key(&open.cause) && value != open.cause.budget;
                is_wanted.then(|| Wish { budget: open.cause.budget, why: Why::Slot(open.clone()) })
            }
            (None, Some(debt)) if self.run.is_none() => {
                let is_ours = self.written == Some(value) && value != debt.amount;
                is_ours.then_some(Wish { budget: debt.amount, why: Why::Debt(debt.since_ms) })
            }
            _ => None,
        }
    }

    /// The edit that may be sent: a slot that was settled is open again, and Shopee shows what we have written meanwhile. The
    /// definition does not say whether its budget comes back.
    pub fn may(&self, open: Option<&Open>, value: i64) -> Option<Wish> {
        let open = open?;
        let is_ours = self.settled.get(&open.cause) == Some(&false) && self.written == Some(value);
        let is_it = is_ours && value != open.cause.budget;
        is_it.then(|| Wish { budget: open.cause.budget, why: Why::Again(open.clone()) })
    }

    /// What a look leaves that sends nothing.
    pub fn looked(&self, open: Option<&Open>, value: i64, is_over: bool) -> Vec<Self> {
        let mut after = self.clone();
        if is_over && open.is_none() && self.run.is_none() && self.debt.is_some() {
            // Nothing is owed to a campaign that is over.
            after.debt = None;
            return vec![self.clone(), after];
        }
        match (open, self.debt) {
            (Some(open), _) => {
                if self.settled.contains_key(&open.cause) || value != open.cause.budget {
                    return vec![after];
                }
                after.settled.insert(open.cause.clone(), false);
                after.run = None;
                if self.debt.is_some() && !open.restores {
                    // The definition does not say whether a slot that found its budget there clears the debt.
                    let cleared = Self { debt: None, ..after.clone() };
                    return vec![after, cleared];
                }
            }
            (None, Some(_)) if self.run.is_none() && self.written != Some(value) => {
                // Paid, or void by a person's hand.
                after.debt = None;
            }
            (None, Some(debt)) if self.run.is_none() && value == debt.amount => after.debt = None,
            _ => {}
        }
        vec![after]
    }

    /// What an edit leaves that the platform has taken for this reason over one of the budgets `before`, at a time. None
    /// where there was no such reason in this state.
    pub fn edited(&self, wish: &Wish, before: &[i64], at_ms: i64) -> Vec<Self> {
        let written = Some(wish.budget);
        match &wish.why {
            Why::Slot(open) => {
                if self.settled.contains_key(&open.cause) {
                    return Vec::new();
                }
                // A slot ends a run.
                let mut after = Self { written, run: None, ..self.clone() };
                after.settled.insert(open.cause.clone(), false);
                self.owing(&after, open.restores, before, at_ms)
            }
            Why::Again(open) => {
                let is_it = self.settled.contains_key(&open.cause);
                let after = Self { written, run: None, ..self.clone() };
                if is_it { self.owing(&after, open.restores, before, at_ms) } else { Vec::new() }
            }
            Why::Debt(since_ms) => {
                let is_it =
                    self.debt.is_some_and(|debt| debt.since_ms == *since_ms && debt.amount == wish.budget);
                is_it.then(|| Self { debt: None, written, ..self.clone() }).into_iter().collect()
            }
            Why::Rerun => vec![Self { written, ..self.clone() }],
            Why::Run(span) => {
                let after = Self { written, run: *span, ..self.clone() };
                self.owing(&after, span.is_some(), before, at_ms)
            }
        }
    }

    fn owing(&self, after: &Self, restores: bool, before: &[i64], at_ms: i64) -> Vec<Self> {
        if !restores {
            return vec![Self { debt: None, ..after.clone() }];
        }
        let mut all = Vec::new();
        for amount in before {
            let new = Debt { amount: *amount, since_ms: at_ms };
            let is_hand = |debt: Debt| self.written != Some(*amount) && debt.amount != *amount;
            match self.debt {
                None => all.push(Self { debt: Some(new), ..after.clone() }),
                Some(old) => {
                    all.push(Self { debt: Some(old), ..after.clone() });
                    // What a person has set meanwhile is owed by the next slot. Whether it is also owed by the same slot
                    // whose schedule was changed is not said.
                    if is_hand(old) {
                        all.push(Self { debt: Some(new), ..after.clone() });
                    }
                }
            }
        }
        all
    }

    /// The same, with the slot refused for good.
    pub fn refused(&self, open: &Open) -> Option<Self> {
        let mut after = self.clone();
        after.settled.insert(open.cause.clone(), true).is_none().then_some(after)
    }

    /// The same, with the slot settled by a hand that came after an edit of which nobody knows whether it had an effect.
    pub fn overtaken(&self, open: &Open) -> Self {
        let mut after = self.without_run();
        after.settled.entry(open.cause.clone()).or_insert(false);
        after
    }

    /// Whether the cause was settled by a refusal.
    pub fn is_refused(&self, cause: &Cause) -> bool {
        self.settled.get(cause) == Some(&true)
    }

    /// The same, with a run that found its budget there.
    pub fn running(&self, span: Span) -> Self {
        Self { run: Some(span), ..self.clone() }
    }

    /// The same, with no run now.
    pub fn without_run(&self) -> Self {
        Self { run: None, ..self.clone() }
    }

    /// Whether the cause is settled.
    pub fn has_settled(&self, cause: &Cause) -> bool {
        self.settled.contains_key(cause)
    }

    /// Forgets what cannot come again.
    pub fn forget(&mut self, today: NaiveDate) {
        let oldest = today - TimeDelta::days(MEMORY_DAYS);
        self.settled.retain(|cause, _| cause.date >= oldest);
    }
}

/// What the zone's clock shows.
pub fn local(at_ms: i64, zone: Tz) -> NaiveDateTime {
    let at = DateTime::<Utc>::from_timestamp_millis(at_ms).expect("a time");
    at.with_timezone(&zone).naive_local().with_nanosecond(0).expect("a whole second")
}
