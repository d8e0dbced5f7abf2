//! Records the outcomes of attempts.

use super::{
    attempt::{AttemptFailure, AttemptOutcome, Work},
    chunk::{Chunk, ChunkState},
    handout::Handout,
    shop::Shop,
    state::{RESET, Run},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Generation, Stage},
    limits::CHUNK_SIZE_MIN,
    rate::{back_off::back_off_ms, shop_limiter::CallOrigin},
};
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;

/// How a commit was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitVerdict {
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
    /// How it was received.
    pub verdict: CommitVerdict,
    /// What the lane does next; it ends if it does not go on.
    pub next: Handout,
}

impl CommitReply {
    /// The next chunk, if there is one.
    pub fn work(&mut self) -> Option<&mut Work> {
        self.next.work()
    }
}

impl Shop {
    /// Records the outcome of an attempt. Repeating it changes nothing. If the consumer goes on, the place that has
    /// become free is its own again; the consumer of a direct run always goes on.
    pub fn commit(
        &mut self,
        event: Event,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: AttemptOutcome,
        goes_on: bool,
    ) -> CommitReply {
        let verdict = self.record(event, generation, key, attempt, outcome);
        if verdict != CommitVerdict::Recorded {
            return CommitReply { verdict, next: Handout::default() };
        }
        self.enter_stages(event);
        let next = match self.next_of_direct(event) {
            None if goes_on => self.next_of_lane(event),
            work => Handout::of(work),
        };
        self.send_messages(event);
        CommitReply { verdict, next }
    }

    fn record(
        &mut self,
        event: Event,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: AttemptOutcome,
    ) -> CommitVerdict {
        let Some(run) = self.active(generation) else { return CommitVerdict::Stale };
        let Some(chunk) = run.chunks.get_mut(&key) else { return CommitVerdict::Stale };
        if chunk.state.is_terminal() {
            return CommitVerdict::AlreadyDone;
        }
        if attempt == 0 || attempt > chunk.attempt {
            return CommitVerdict::Stale;
        }
        let current = attempt == chunk.attempt && matches!(chunk.state, ChunkState::Leased { .. });
        match balanced(outcome, chunk.size) {
            AttemptOutcome::Fenced => {
                self.cancel(event, generation, RESET);
                return CommitVerdict::Recorded;
            }
            // A success counts even after the lease has expired: its data is written.
            AttemptOutcome::Done { result, spenders } => {
                // A retry continues with the performance chunks of the retried run, which index that run's choice.
                if run.header.retry_of.is_none() && key.stage == Stage::Campaigns {
                    chunk.spenders = spenders;
                }
                let (size, calls, duration_ms) = (chunk.size, result.calls, result.duration_ms);
                chunk.state = ChunkState::Done { result };
                run.header.sizes.took(&run.header.settings, key.stage, size, duration_ms);
                self.calls_succeeded(event, calls, CallOrigin::Attempt(key, attempt));
            }
            AttemptOutcome::Deferred { .. } | AttemptOutcome::Failed { .. } if !current => {
                return CommitVerdict::Stale;
            }
            AttemptOutcome::Deferred { hold, calls } => {
                chunk.failed_calls = chunk.failed_calls.saturating_add(calls);
                chunk.state = ChunkState::Pending { not_before_ms: hold.until_ms };
                chunk.last_error = Some(hold.reason.text().to_owned());
            }
            AttemptOutcome::Failed { failure } => {
                chunk.failed_calls = chunk.failed_calls.saturating_add(failure.calls);
                if failure.is_final() {
                    self.fail(event.now_ms, failure.message);
                    return CommitVerdict::Recorded;
                }
                if failure.is_throttling() {
                    chunk.last_error = Some(failure.message.clone());
                    self.throttled(event, &failure);
                    self.put_back(event, key);
                } else {
                    self.failed(event, key, &failure);
                }
            }
        }
        self.changed(key);
        CommitVerdict::Recorded
    }

    /// Puts the chunk back for as long as the shop has to wait.
    fn put_back(&mut self, event: Event, key: ChunkKey) {
        let endpoints = self.run.as_ref().map_or(&[][..], |run| run.endpoints(key.stage));
        let hold = self.limiter.hold_of(event.now_ms, endpoints);
        let not_before_ms = hold.map_or(event.now_ms, |hold| hold.until_ms);
        if let Some(chunk) = self.run.as_mut().and_then(|run| run.chunks.get_mut(&key)) {
            chunk.state = ChunkState::Pending { not_before_ms };
        }
    }

    /// Handles a failed attempt: the chunk waits for the next one, split in halves if that may help, or is given up.
    pub(crate) fn failed(&mut self, event: Event, key: ChunkKey, failure: &AttemptFailure) {
        let Some(run) = self.run.as_mut() else { return };
        let Some(chunk) = run.chunks.get_mut(&key) else { return };
        chunk.failures = chunk.failures.saturating_add(1);
        chunk.last_error = Some(failure.message.clone());
        chunk.state = after_failure(event, chunk, run.header.settings.max_attempts, failure);
        if failure.class == ErrorClass::Retry {
            run.header.sizes.failed(&run.header.settings, key.stage, chunk.size);
            if let Some(rest) = halve(run, key) {
                self.changed(rest);
            }
        }
        self.changed(key);
    }

    /// Records that a chunk has changed.
    pub(crate) fn changed(&mut self, key: ChunkKey) {
        let Some(run) = self.run.as_mut() else { return };
        let rev = run.touch();
        if let Some(chunk) = run.chunks.get_mut(&key) {
            chunk.rev = rev;
        }
        self.changes.header = true;
        self.changes.chunks.insert(key);
    }
}

/// Splits a waiting chunk if it is large enough. Both halves keep the count of failures.
fn halve(run: &mut Run, key: ChunkKey) -> Option<ChunkKey> {
    let rest_key = ChunkKey { stage: key.stage, index: run.next_index(key.stage) };
    let dynamic = run.header.settings.dynamic_chunks;
    let chunk = run.chunks.get_mut(&key)?;
    if !dynamic || chunk.size < 2 * CHUNK_SIZE_MIN || chunk.state.is_terminal() {
        return None;
    }
    let rest = chunk.split(rest_key);
    run.chunks.insert(rest_key, rest);
    Some(rest_key)
}

/// The state after a failed attempt: pending until the next one, or failed.
fn after_failure(event: Event, chunk: &Chunk, max_attempts: u32, failure: &AttemptFailure) -> ChunkState {
    if chunk.failures >= max_attempts {
        return ChunkState::Failed { class: failure.class, message: failure.message.clone() };
    }
    let wait = back_off_ms(chunk.failures, failure.retry_after_s, event.random);
    ChunkState::Pending { not_before_ms: event.now_ms.saturating_add(wait) }
}

/// Turns a result that does not account for every id of its chunk into a failure.
fn balanced(outcome: AttemptOutcome, size: u32) -> AttemptOutcome {
    match outcome {
        AttemptOutcome::Done { result, .. } if result.accounted() != size => {
            let message = format!("the attempt accounted for {} of {size} campaigns", result.accounted());
            let calls = result.calls;
            AttemptOutcome::Failed {
                failure: AttemptFailure {
                    class: ErrorClass::Retry,
                    message,
                    retry_after_s: None,
                    calls,
                    endpoint: None,
                },
            }
        }
        other => other,
    }
}
