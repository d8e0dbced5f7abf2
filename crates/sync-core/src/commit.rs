//! Claiming a chunk and telling its outcome.

use crate::{
    chunk::{ChunkResult, ChunkState},
    ids::{ChunkKey, Generation},
    job::Kind,
    projection::RESET,
    retry::back_off_ms,
    shop::{Event, Shop},
    window::Window,
};
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;

/// One attempt at a chunk: everything a consumer needs to make it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The run.
    pub generation: Generation,
    /// The chunk.
    pub key: ChunkKey,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the right to make it ends, unix milliseconds.
    pub lease_until_ms: i64,
    /// The campaigns; empty for the shop totals.
    pub ids: Vec<i64>,
    /// Which days to fetch.
    pub window: Window,
    /// What is synced.
    pub kind: Kind,
    /// Part of a direct run: its chunk has no row of its own in the queue table.
    pub direct: bool,
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum ClaimReply {
    /// Do this.
    Work {
        /// The attempt.
        work: Box<Work>,
    },
    /// Nothing to do for this message: another copy was first, or the run is over.
    Drop {
        /// Why, for the log.
        reason: String,
    },
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class decides what happens next.
    pub class: ErrorClass,
    /// For people.
    pub message: String,
    /// The wait that the platform asked for, in seconds.
    pub retry_after_s: Option<u32>,
    /// Calls made to Shopee by this attempt.
    pub calls: u32,
}

impl Failure {
    /// No further attempt of this run can help.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.class, ErrorClass::FatalConfiguration | ErrorClass::Reconsent)
    }
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The data are in Postgres.
    Done {
        /// What was done.
        result: ChunkResult,
    },
    /// Nothing is known to be written.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// Postgres refused the write: an operator has reset the shop, or a newer run exists.
    Fenced,
}

/// What a commit meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Recorded.
    Recorded,
    /// The chunk was already terminal: nothing changed.
    AlreadyDone,
    /// The run or the attempt is no longer current: nothing changed.
    Stale,
}

/// The answer to a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommitReply {
    /// What it meant.
    pub verdict: Verdict,
    /// The next chunk, for the holder of a direct run.
    pub next: Option<Box<Work>>,
}

impl Shop {
    /// A consumer has received a chunk message and wants to make its attempt. Of several copies one gets it.
    pub fn claim(&mut self, event: Event, generation: Generation, key: ChunkKey, attempt: u32) -> ClaimReply {
        let drop = |reason: &str| ClaimReply::Drop { reason: reason.to_owned() };
        let Some(run) = self.active(generation) else { return drop("the run is over") };
        let Some(position) = run.position(key) else { return drop("the run has no such chunk") };
        let Some(chunk) = run.chunks.get(position) else { return drop("the run has no such chunk") };
        if !matches!(chunk.state, ChunkState::Queued { .. }) {
            return drop("the chunk is not waiting for a consumer");
        }
        if chunk.attempt + 1 != attempt {
            return drop("a newer attempt is under way");
        }
        match self.lease(event, position) {
            Some(work) => ClaimReply::Work { work: Box::new(work) },
            None => drop("the run has no such chunk"),
        }
    }

    /// Records what became of an attempt. Telling it twice changes nothing.
    pub fn commit(
        &mut self,
        event: Event,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: Outcome,
    ) -> CommitReply {
        let verdict = self.record(event, generation, key, attempt, outcome);
        if verdict == Verdict::Recorded {
            self.advance(event);
        }
        let next = match verdict {
            Verdict::Recorded => self.hand_out(event).map(Box::new),
            Verdict::AlreadyDone | Verdict::Stale => None,
        };
        CommitReply { verdict, next }
    }

    fn record(
        &mut self,
        event: Event,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: Outcome,
    ) -> Verdict {
        let Some(run) = self.active(generation) else { return Verdict::Stale };
        let Some(position) = run.position(key) else { return Verdict::Stale };
        let max_attempts = run.header.settings.max_attempts;
        let rev = run.header.rev + 1;
        let Some(chunk) = run.chunks.get_mut(position) else { return Verdict::Stale };
        if chunk.state.is_terminal() {
            return Verdict::AlreadyDone;
        }
        if attempt == 0 || attempt > chunk.attempt {
            return Verdict::Stale;
        }
        match balanced(outcome, chunk.size) {
            Outcome::Fenced => {
                self.cancel(event, generation, RESET);
                return Verdict::Recorded;
            }
            // Also the success of an attempt whose lease has run out counts: its data are written.
            Outcome::Done { result } => chunk.state = ChunkState::Done { result },
            Outcome::Failed { failure } => {
                if attempt != chunk.attempt || !matches!(chunk.state, ChunkState::Leased { .. }) {
                    return Verdict::Stale;
                }
                chunk.failed_calls = chunk.failed_calls.saturating_add(failure.calls);
                if failure.is_final() {
                    self.fail(event.now_ms, failure.message);
                    return Verdict::Recorded;
                }
                chunk.state = after_failure(event, attempt, max_attempts, &failure);
                chunk.last_error = Some(failure.message);
            }
        }
        chunk.rev = rev;
        run.touch();
        self.changes.header = true;
        self.changes.chunks.insert(position);
        Verdict::Recorded
    }
}

/// The state after a failed attempt: wait for the next one, or failed.
pub(crate) fn after_failure(event: Event, attempt: u32, max_attempts: u32, failure: &Failure) -> ChunkState {
    if attempt >= max_attempts {
        return ChunkState::Failed { class: failure.class, message: failure.message.clone() };
    }
    let wait = back_off_ms(failure.class, attempt, failure.retry_after_s, event.random);
    ChunkState::Pending { not_before_ms: event.now_ms.saturating_add(wait) }
}

/// A result that does not account for every id of its chunk is no success.
fn balanced(outcome: Outcome, size: u32) -> Outcome {
    match outcome {
        Outcome::Done { result } if result.accounted() != size => {
            let message = format!("the attempt accounted for {} of {size} campaigns", result.accounted());
            let calls = result.calls;
            Outcome::Failed {
                failure: Failure { class: ErrorClass::Retry, message, retry_after_s: None, calls },
            }
        }
        other => other,
    }
}
