//! One budget write: read, edit, read back.
//!
//! ```text
//!   Read ──► already there, or a rule ──► Done
//!     │
//!     └► Edit ──► Wait ──► Read ──► wanted ──► Done
//!         ▲                 ├─ another one ──► Wait, Read: it may be old news
//!         └── old one, and nobody accepted ◄─┘ after the last of these
//! ```
//!
//! A second edit is sent only after reads have shown the old budget, and with the same reference id, so that Shopee
//! refuses it if the first one took effect after all. If it is refused for that and the old budget still shows,
//! something else has used up the id, and the next attempt gets a new one.

use super::{
    guard_rails::{GuardRails, RailContext},
    intent::Intent,
    money::Money,
    outcome::{WriteOutcome, WriteStatus},
    violation::Violation,
    write_steps::{Observation, WriteStep},
};
use crate::limits::{ERROR_TEXT_MAX, READ_BACK_WAIT_MS, READ_BACK_WAIT_MS_MAX};
use serde::{Deserialize, Serialize};
use shopee::AdType;

/// A write under way. It can be stored between two steps; [`Write::start`] continues it after a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub(super) intent: Intent,
    pub(super) rails: GuardRails,
    pub(super) context: RailContext,
    pub(super) phase: WritePhase,
    pub(super) is_waiting: bool,
    /// The budget and ad type of the first read.
    pub(super) old: Option<(Money, AdType)>,
    /// The budget of the last read.
    #[serde(default)]
    pub(super) last: Option<Money>,
    pub(super) edits: u32,
    /// In the current round of reads: how many failed, and how many showed another budget than the wanted one.
    pub(super) failures: u32,
    pub(super) others: u32,
    pub(super) may_have_changed: bool,
    /// No further edit may be sent, because one was accepted.
    pub(super) is_closed: bool,
    /// The reference id was refused the way a used one is.
    #[serde(default)]
    pub(super) is_used_up: bool,
    /// The last edit was refused for longer than a write takes.
    #[serde(default)]
    pub(super) is_deferred: bool,
    /// Whether the campaign can spend.
    #[serde(default)]
    pub(super) spends: bool,
    /// No further edit may be sent, because something else is wanted now. Earlier edits may still have had an effect.
    #[serde(default)]
    pub(super) is_withdrawn: bool,
    /// The last problem, in words.
    pub(super) trouble: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WritePhase {
    New,
    Reading,
    Editing,
    ReadingBack,
    Done(WriteOutcome),
}

impl Write {
    /// A new write of an intent under a shop's rules.
    #[must_use]
    pub fn new(mut intent: Intent, rails: GuardRails, context: RailContext) -> Self {
        if rails.restore_over_hands && !intent.is_return {
            // No budget that Shopee shows counts as a person's.
            intent.ours.clear();
        }
        let (phase, old, last, trouble) = (WritePhase::New, None, None, String::new());
        let (is_waiting, may_have_changed, is_closed, is_withdrawn) = (false, false, false, false);
        let (is_used_up, is_deferred, spends) = (false, false, false);
        let (edits, failures, others) = (0, 0, 0);
        Self {
            intent,
            rails,
            context,
            phase,
            is_waiting,
            old,
            last,
            edits,
            failures,
            others,
            may_have_changed,
            is_closed,
            is_used_up,
            is_deferred,
            spends,
            is_withdrawn,
            trouble,
        }
    }

    /// The first step, or the next one after a crash: an edit that may have been sent has an unknown outcome.
    pub fn start(&mut self) -> WriteStep {
        self.is_waiting = false;
        match &self.phase {
            WritePhase::New if !self.rails.enabled => self.skip(&Violation::KillSwitch.to_string(), false),
            WritePhase::New => {
                self.phase = WritePhase::Reading;
                WriteStep::Read
            }
            WritePhase::Reading | WritePhase::ReadingBack => WriteStep::Read,
            WritePhase::Editing => {
                self.next(Observation::EditUnknown { message: "the work was interrupted".into() })
            }
            WritePhase::Done(outcome) => WriteStep::Done(outcome.clone()),
        }
    }

    /// The intent of this write.
    #[must_use]
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// Updates what the rules take into account, since other campaigns of the tick have changed meanwhile.
    pub fn sees(&mut self, context: RailContext) {
        self.context = context;
    }

    /// Sets the current rules, for a write that an earlier look has begun.
    pub fn under(&mut self, rails: GuardRails) {
        self.rails = rails;
    }

    /// Whether an edit was sent, so that the write must be carried through.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        self.edits > 1 || (self.edits > 0 && self.phase != WritePhase::Editing)
    }

    /// Whether the campaign can spend, according to the last read.
    #[must_use]
    pub fn spends(&self) -> bool {
        self.spends
    }

    /// Withdraws the write: no further edit is sent. An edit that may have had an effect is still read back.
    pub fn withdraw(&mut self) {
        self.is_withdrawn = true;
    }

    /// Whether an edit may have had an effect that does not show yet.
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        self.may_have_changed
    }

    /// Ends the write if its edit was certainly refused, which cannot be seen from the stored state.
    pub fn end_if_refused(&mut self) -> Option<WriteStep> {
        let trouble = self.trouble.clone();
        match self.phase {
            _ if self.may_have_changed => None,
            WritePhase::ReadingBack => Some(self.fail(trouble, false)),
            // The next edit has not been sent.
            WritePhase::Editing if self.edits > 1 => Some(self.stop(&trouble, false)),
            _ => None,
        }
    }

    /// Ends the write before its edit is sent; for good if `settles`.
    pub fn stop(&mut self, reason: &str, settles: bool) -> WriteStep {
        self.edits = self.edits.saturating_sub(1);
        if self.edits > 0 { self.fail(reason.to_owned(), settles) } else { self.skip(reason, settles) }
    }

    /// Ends the write before its edit is sent, because of a rule or a stop, which every look checks anew.
    pub fn hold_back(&mut self, reason: &str) -> WriteStep {
        self.stop(reason, false);
        self.mark(|outcome| outcome.is_held_back = true)
    }

    /// The step after an observation. An unexpected observation counts as a call without a usable answer.
    pub fn next(&mut self, seen: Observation) -> WriteStep {
        if std::mem::take(&mut self.is_waiting) {
            return WriteStep::Read;
        }
        match &self.phase {
            WritePhase::New => self.start(),
            WritePhase::Reading => self.read(seen),
            WritePhase::Editing => self.edited(seen),
            WritePhase::ReadingBack => self.read_back(seen),
            WritePhase::Done(outcome) => WriteStep::Done(outcome.clone()),
        }
    }

    pub(super) fn wait(&mut self) -> WriteStep {
        self.is_waiting = true;
        let doublings = self.failures.saturating_add(self.others).min(16);
        WriteStep::Wait {
            ms: READ_BACK_WAIT_MS.saturating_mul(1_i64 << doublings).min(READ_BACK_WAIT_MS_MAX),
        }
    }

    pub(super) fn skip(&mut self, reason: &str, settles: bool) -> WriteStep {
        self.done(WriteStatus::Skipped, reason.to_owned(), settles)
    }

    pub(super) fn fail(&mut self, reason: String, settles: bool) -> WriteStep {
        self.done(WriteStatus::Failed, reason, settles)
    }

    pub(super) fn done(&mut self, status: WriteStatus, reason: String, settles: bool) -> WriteStep {
        let reason = reason.chars().take(ERROR_TEXT_MAX).collect();
        let old = self.old.map(|(budget, _)| budget);
        let is_unused = self.may_have_changed
            && !(self.is_closed
                || self.is_used_up
                || matches!(status, WriteStatus::Success | WriteStatus::AlreadyThere));
        let outcome = WriteOutcome {
            status,
            reason,
            old,
            last: self.last,
            may_have_changed: self.may_have_changed,
            settles,
            is_hand: false,
            is_held_back: false,
            edits: self.edits,
            is_unused,
            spends: self.spends,
        };
        self.phase = WritePhase::Done(outcome.clone());
        WriteStep::Done(outcome)
    }

    /// Ends the write because a person has set another budget, which stays.
    pub(super) fn hand(&mut self, status: WriteStatus, reason: String) -> WriteStep {
        self.done(status, reason, true);
        self.mark(|outcome| outcome.is_hand = true)
    }

    /// Adds details to the outcome.
    fn mark(&mut self, add: impl FnOnce(&mut WriteOutcome)) -> WriteStep {
        if let WritePhase::Done(outcome) = &mut self.phase {
            add(outcome);
        }
        self.start()
    }
}
