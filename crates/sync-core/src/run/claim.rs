//! Claims a chunk: of several copies of its message, one gets the attempt and the others are dropped.

use super::{attempt::Work, chunk::ChunkState, shop::Shop, state::Mode};
use crate::{
    event::Event,
    ids::{ChunkKey, Generation},
};
use serde::{Deserialize, Serialize};

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimReply {
    /// Make this attempt.
    Work {
        /// The attempt.
        work: Box<Work>,
    },
    /// The message needs no work: another copy came first, or the run is over.
    Drop {
        /// Why, for the log.
        reason: String,
    },
}

impl ClaimReply {
    /// The attempt, if it is to be made.
    pub fn work(&mut self) -> Option<&mut Work> {
        match self {
            Self::Work { work } => Some(work),
            Self::Drop { .. } => None,
        }
    }
}

impl Shop {
    /// Claims the attempt named by a chunk message. Of several copies of the message, one gets it. If a lane was faster, the
    /// message is for the chunk that borrowed it.
    pub fn claim(&mut self, event: Event, generation: Generation, key: ChunkKey, attempt: u32) -> ClaimReply {
        let drop = |reason: &str| ClaimReply::Drop { reason: reason.to_owned() };
        let Some(run) = self.active(generation) else { return drop("the run is over") };
        let is_own = run.chunks.get(&key).is_some_and(|chunk| {
            matches!(chunk.state, ChunkState::Queued { .. }) && chunk.attempt + 1 == attempt
        });
        let borrower = run.chunks.values().find(|chunk| chunk.state.is_borrowed()).filter(|_| !is_own);
        let (key, attempt) = borrower.map_or((key, attempt), |chunk| (chunk.key, chunk.attempt + 1));
        let endpoints = run.endpoints(key.stage);
        let hold = self.limiter.hold_of(event.now_ms, endpoints);
        let Some(run) = self.active(generation) else { return drop("the run is over") };
        let paused = run.header.paused.is_some();
        let Some(chunk) = run.chunks.get_mut(&key) else { return drop("the run has no such chunk") };
        if !matches!(chunk.state, ChunkState::Queued { .. }) {
            return drop("the chunk is not waiting for a consumer");
        }
        if chunk.attempt + 1 != attempt {
            return drop("a newer attempt is under way");
        }
        if paused || hold.is_some() {
            chunk.state = ChunkState::Pending { not_before_ms: hold.map_or(0, |hold| hold.until_ms) };
            self.changed(key);
            return drop(hold.map_or("the run is paused", |hold| hold.reason.text()));
        }
        match self.lease(event, key) {
            Some(work) => ClaimReply::Work { work: Box::new(work) },
            None => drop("the run has no such chunk"),
        }
    }

    /// Starts an attempt at a chunk.
    pub(crate) fn lease(&mut self, event: Event, key: ChunkKey) -> Option<Work> {
        let run = self.run.as_mut()?;
        let until_ms = event.now_ms.saturating_add(run.header.settings.lease_ms());
        let calls = run.calls(key.stage);
        let chunk = run.chunks.get_mut(&key)?;
        chunk.attempt += 1;
        chunk.state = ChunkState::Leased { until_ms };
        let chunk = chunk.clone();
        let is_last = chunk.failures.saturating_add(1) >= run.header.settings.max_attempts;
        let work = Work {
            generation: run.header.generation,
            key,
            attempt: chunk.attempt,
            lease_until_ms: until_ms,
            ids: run.ids(&chunk),
            calls,
            window: run.header.window.clone(),
            kind: run.header.kind,
            fetch: run.header.fetch,
            direct: run.header.mode == Some(Mode::Direct),
            is_last,
            listed: run.listed(&chunk),
            permits: Vec::new(),
        };
        self.changed(key);
        Some(work)
    }
}
