//! What follows from the observations of a budget write.

use super::{
    guard_rails::{Change, check},
    intent::Action,
    money::Money,
    outcome::WriteStatus,
    write::{Write, WritePhase},
    write_steps::{Observation, WriteStep},
};
use crate::limits::{BUDGET_EDITS_MAX, BUDGET_READ_BACKS_MAX, BUDGET_READ_FAILURES_MAX};
use shopee::AdType;

/// Whether a campaign of this status can spend its budget.
#[must_use]
pub fn can_spend(status: &str) -> bool {
    matches!(status, "ongoing" | "scheduled")
}

impl Write {
    pub(super) fn read(&mut self, seen: Observation) -> WriteStep {
        let (budget, status, ad_type) = match seen {
            Observation::Setting { budget, status, ad_type } => (budget, status, ad_type),
            Observation::Missing => {
                return self.fail("missing: Shopee does not know the campaign".into(), true);
            }
            other => return self.read_failed(other),
        };
        self.saw(budget, &status);
        let Some(kind) = AdType::of(&ad_type) else {
            return self
                .fail(format!("ad_type: '{ad_type}' is unknown, so nobody knows how to edit it"), true);
        };
        self.old = Some((budget, kind));
        if budget == self.intent.budget {
            return self.done(
                WriteStatus::AlreadyThere,
                format!("already_there: the budget is {budget}"),
                true,
            );
        }
        if matches!(status.as_str(), "ended" | "closed" | "deleted") {
            // An ended campaign may be resumed; its debt is void.
            let is_final = status == "deleted" || self.intent.action == Action::Restore;
            return self.skip(&format!("campaign_status: the campaign is {status}"), is_final);
        }
        if self.intent.brings_back() && self.intent.is_hand(budget) {
            let wanted = self.intent.budget;
            return self.hand(
                WriteStatus::Skipped,
                format!(
                    "hand: somebody has set {budget} at Shopee, which stays; {wanted} is not brought back"
                ),
            );
        }
        self.edit()
    }

    fn saw(&mut self, budget: Money, status: &str) {
        self.last = Some(budget);
        self.spends = can_spend(status);
    }

    /// Checks the change against the rules, which happens before each edit, and sends the edit.
    fn edit(&mut self) -> WriteStep {
        let Some((old, ad_type)) = self.old else { return self.fail("nothing was read".into(), false) };
        let mut rails = self.rails;
        let is_restore = self.intent.action == Action::Restore;
        if is_restore {
            // The owed budget was allowed when it was replaced.
            (rails.floor, rails.ceiling) = (None, None);
        } else if self.intent.is_return {
            // The distance from the budget in between is not checked: otherwise it could not come back.
            (rails.change_percent_tick, rails.change_percent_day) = (None, None);
        }
        let change = Change { from: old, to: self.intent.budget, is_restore };
        self.edits = self.edits.saturating_add(1);
        if let Err(rule) = check(&rails, change, &self.context) {
            let reason = if self.edits == 1 { rule.to_string() } else { format!("{rule}; {}", self.trouble) };
            return self.hold_back(&reason);
        }
        self.phase = WritePhase::Editing;
        let (reference_id, budget) = (self.intent.reference_id(), self.intent.budget);
        WriteStep::Edit { reference_id, budget, ad_type, old }
    }

    pub(super) fn edited(&mut self, seen: Observation) -> WriteStep {
        match seen {
            Observation::EditAccepted => {
                (self.may_have_changed, self.is_closed) = (true, true);
                "the edit was accepted".clone_into(&mut self.trouble);
            }
            Observation::EditDuplicate { message } => {
                (self.may_have_changed, self.is_used_up) = (true, true);
                self.trouble = format!("the edit was made before: {message}");
            }
            // Shopee's code for a used reference id is not known, so this may be it.
            Observation::EditRefused { message, is_final: true } if self.may_have_changed => {
                (self.is_used_up, self.trouble) = (true, message);
            }
            Observation::EditRefused { message, is_final: true } => return self.fail(message, true),
            Observation::EditRefused { message, is_final: false } => self.trouble = message,
            Observation::EditDeferred { message } => (self.is_deferred, self.trouble) = (true, message),
            Observation::EditUnknown { message } => (self.may_have_changed, self.trouble) = (true, message),
            _ => (self.may_have_changed, self.trouble) = (true, "the edit was not answered".into()),
        }
        self.phase = WritePhase::ReadingBack;
        (self.failures, self.others) = (0, 0);
        self.wait()
    }

    pub(super) fn read_back(&mut self, seen: Observation) -> WriteStep {
        let budget = match seen {
            Observation::Setting { budget, status, .. } => {
                self.saw(budget, &status);
                budget
            }
            other => return self.read_failed(other),
        };
        if budget == self.intent.budget {
            return self.done(WriteStatus::Success, String::new(), true);
        }
        self.others = self.others.saturating_add(1);
        // An edit that was certainly refused cannot show late.
        let enough = if self.may_have_changed { BUDGET_READ_BACKS_MAX } else { 1 };
        if self.others < enough {
            return self.wait();
        }
        let is_old = self.old.is_some_and(|(old, _)| old == budget);
        if is_old
            && !self.is_closed
            && !self.is_withdrawn
            && !self.is_deferred
            && self.edits < BUDGET_EDITS_MAX
        {
            if std::mem::take(&mut self.is_used_up) {
                self.intent.next_attempt();
            }
            return self.edit();
        }
        let reason = format!("the budget is {budget}; {}", self.trouble);
        // A third budget after an edit that may have had an effect was set by a person, and stays.
        if self.may_have_changed && !is_old {
            self.hand(WriteStatus::Failed, reason)
        } else {
            self.fail(reason, false)
        }
    }

    fn read_failed(&mut self, seen: Observation) -> WriteStep {
        let message = match seen {
            Observation::ReadFailed { message } => message,
            Observation::Missing => "Shopee does not know the campaign any more".into(),
            _ => "the read was not answered".into(),
        };
        self.failures = self.failures.saturating_add(1);
        if self.failures < BUDGET_READ_FAILURES_MAX {
            return self.wait();
        }
        let status = if self.may_have_changed { WriteStatus::Unknown } else { WriteStatus::Failed };
        let reason = format!("the setting could not be read: {message}");
        let reason = if self.trouble.is_empty() { reason } else { format!("{}; {reason}", self.trouble) };
        self.done(status, reason, false)
    }
}
