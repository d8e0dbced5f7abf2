//! What an operator may ask of a run, as one transition table. A request takes effect at the run's next commit: work in
//! progress at that moment finishes or is refused, at most one lease later.

use super::{
    shop::Shop,
    state::{End, Pause, Phase, Run},
};
use crate::{event::Event, ids::Generation};
use serde::{Deserialize, Serialize};

/// The state of a run, as far as it matters for verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Working, or waiting for Shopee.
    Active,
    /// Paused by an operator.
    Paused,
    /// Everything is done.
    Completed,
    /// Ended with failed chunks, which can be retried.
    Failed,
    /// Ended before anything was planned: there is nothing to retry.
    FailedUnplanned,
    /// Stopped by an operator.
    Cancelled,
}

/// What an operator can ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunAction {
    /// Stop for good. What is written stays; nothing more is written.
    Cancel,
    /// Hand out no work until the run is resumed.
    Pause,
    /// Hand out work again.
    Resume,
    /// Try the failed chunks again, in a new run that takes over the completed ones.
    Retry,
}

/// What a verb does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionEffect {
    /// The run ends as cancelled.
    End,
    /// No more work is handed out.
    Stop,
    /// Work is handed out again.
    Continue,
    /// A new run begins and takes over what is done.
    Succeed,
}

/// Why a verb does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// A stable code: `run_ended`, `already_paused`, `not_paused`, `nothing_failed`, `still_active`, `not_the_newest`.
    pub code: String,
    /// The reason, for people.
    pub detail: String,
}

impl Conflict {
    fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

/// The transition table.
///
/// # Errors
/// The verb does not apply in this state.
pub fn transition(state: RunState, verb: RunAction) -> Result<ActionEffect, Conflict> {
    use RunState::{Active, Cancelled, Completed, Failed, FailedUnplanned, Paused};
    match (state, verb) {
        // A paused run can be cancelled too.
        (Active | Paused, RunAction::Cancel) => Ok(ActionEffect::End),
        (Active, RunAction::Pause) => Ok(ActionEffect::Stop),
        (Paused, RunAction::Resume) => Ok(ActionEffect::Continue),
        // The failed chunks run under a new generation, which fences off what is left of the old attempts.
        (Failed, RunAction::Retry) => Ok(ActionEffect::Succeed),

        (Paused, RunAction::Pause) => Err(Conflict::new("already_paused", "the run is paused already")),
        (Active, RunAction::Resume) => Err(Conflict::new("not_paused", "the run is not paused")),
        (Active | Paused, RunAction::Retry) => Err(Conflict::new(
            "still_active",
            "the run is still active: failed chunks can be retried when it has ended",
        )),
        (FailedUnplanned, RunAction::Retry) => Err(Conflict::new(
            "nothing_planned",
            "the run failed before anything was planned: start a new sync instead",
        )),
        (Completed, RunAction::Retry) => {
            Err(Conflict::new("nothing_failed", "the run has completed: no chunk has failed"))
        }
        (Cancelled, RunAction::Retry) => {
            Err(Conflict::new("run_ended", "the run was cancelled: start a new sync instead"))
        }
        (Completed, _) => Err(Conflict::new("run_ended", "the run has completed")),
        (Failed | FailedUnplanned, _) => Err(Conflict::new("run_ended", "the run has failed")),
        (Cancelled, _) => Err(Conflict::new("run_ended", "the run was cancelled")),
    }
}

/// The answer to a verb: the state before it, or why it does not apply.
pub type ActionReply = Result<RunState, Conflict>;

impl Run {
    /// The run's state.
    #[must_use]
    pub fn state(&self) -> RunState {
        match &self.header.end {
            None if self.header.paused.is_some() => RunState::Paused,
            None => RunState::Active,
            Some(End::Completed) => RunState::Completed,
            Some(End::Failed { .. }) if !self.is_planned() => RunState::FailedUnplanned,
            Some(End::Failed { .. }) => RunState::Failed,
            Some(End::Cancelled { .. }) => RunState::Cancelled,
        }
    }
}

impl Shop {
    /// Checks whether a verb applies to the run, without changing anything.
    ///
    /// # Errors
    /// The verb does not apply.
    pub fn may(&self, generation: Generation, verb: RunAction) -> Result<(RunState, ActionEffect), Conflict> {
        let run = self.run.as_ref().filter(|run| run.header.generation == generation).ok_or_else(|| {
            Conflict::new("not_the_newest", "a newer run has taken this run's place, or the shop was reset")
        })?;
        let state = run.state();
        transition(state, verb).map(|step| (state, step))
    }

    /// Cancels, pauses or resumes the run. `by` names who asked. A retry begins with a job of its own.
    ///
    /// # Errors
    /// The verb does not apply; nothing has changed.
    pub fn request(
        &mut self,
        event: Event,
        generation: Generation,
        verb: RunAction,
        by: &str,
    ) -> ActionReply {
        let (state, step) = self.may(generation, verb)?;
        match step {
            ActionEffect::End => drop(self.cancel(event, generation, &format!("cancelled by {by}"))),
            ActionEffect::Stop => {
                self.set_paused(Some(Pause { by: by.to_owned(), since_ms: event.now_ms }));
            }
            ActionEffect::Continue => {
                self.set_paused(None);
                self.advance(event);
            }
            ActionEffect::Succeed => {}
        }
        Ok(state)
    }

    fn set_paused(&mut self, paused: Option<Pause>) {
        let Some(run) = self.run.as_mut() else { return };
        run.header.paused = paused;
        run.header.projection_urgent = true;
        if run.header.phase == Phase::Listing {
            // The consumer that lists stops at its next page; the alarm sends the start message that resumes the
            // listing.
            run.header.listing.lease_until_ms = None;
            run.header.listing.resend_at_ms = Some(0);
        }
        self.touched();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The effect of each verb in each state; `.` is a conflict.
    const TABLE: &str = "
                        cancel pause resume retry
        active          end    stop  .      .
        paused          end    .     go     .
        completed       .      .     .      .
        failed          .      .     .      new
        failed_unplanned .     .     .      .
        cancelled       .      .     .      .";

    #[test]
    fn the_table_is_as_written() {
        let states = [
            RunState::Active,
            RunState::Paused,
            RunState::Completed,
            RunState::Failed,
            RunState::FailedUnplanned,
            RunState::Cancelled,
        ];
        let verbs = [RunAction::Cancel, RunAction::Pause, RunAction::Resume, RunAction::Retry];
        let rows = TABLE.lines().filter(|line| !line.trim().is_empty()).skip(1);
        for (state, row) in states.into_iter().zip(rows) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            for (verb, cell) in verbs.into_iter().zip(&cells[1..]) {
                let got = match transition(state, verb) {
                    Ok(ActionEffect::End) => "end",
                    Ok(ActionEffect::Stop) => "stop",
                    Ok(ActionEffect::Continue) => "go",
                    Ok(ActionEffect::Succeed) => "new",
                    Err(conflict) => {
                        assert!(!conflict.detail.is_empty() && !conflict.code.is_empty());
                        "."
                    }
                };
                assert_eq!(&got, cell, "{state:?} {verb:?}");
            }
        }
    }
}
