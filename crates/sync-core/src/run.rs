//! The state of one run.

use crate::{
    chunk::{Chunk, ChunkState},
    ids::{ChunkKey, Generation, Stage},
    job::Kind,
    listing::Listing,
    settings::Settings,
    window::Window,
};
use serde::{Deserialize, Serialize};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The ids are being listed; there is no plan yet.
    Listing,
    /// Settings are fetched.
    Campaigns,
    /// Performance and shop totals are fetched.
    Performance,
    /// Nothing more will happen.
    Ended,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Every chunk is done and the receipt balances.
    Completed,
    /// Something could not be done.
    Failed {
        /// What, for people.
        message: String,
    },
    /// An operator stopped it. Nothing of it is written any more.
    Cancelled {
        /// Who or what stopped it.
        reason: String,
    },
}

/// Who runs the chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The consumer that planned the run also runs its chunks, one after another.
    Direct,
    /// Chunks are handed out as messages.
    Chunked,
}

/// What asked for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// One of the schedules.
    Cron,
    /// The HTTP interface.
    Http,
    /// A row that an operator inserted.
    Sql,
    /// The function that older callers know.
    Compat,
}

/// Everything of a run but its ids and its chunks; small, stored as one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The run's number, the fence of everything it writes.
    pub generation: Generation,
    /// What is synced.
    pub kind: Kind,
    /// What asked for it.
    pub trigger: Trigger,
    /// Which days are fetched.
    pub window: Window,
    /// The settings it began with.
    pub settings: Settings,
    /// The queue rows that it serves.
    pub jobs: Vec<String>,
    /// How far it is.
    pub phase: Phase,
    /// How it ended; set exactly when `phase` is `Ended`.
    pub end: Option<End>,
    /// Known when the plan is frozen.
    pub mode: Option<Mode>,
    /// A consumer holds this direct run. When it is lost, messages take over.
    pub direct_held: bool,
    /// Its progress row exists in Postgres, so a missing one means an operator's reset.
    pub announced: bool,
    /// The listing.
    pub listing: Listing,
    /// Unix milliseconds.
    pub started_ms: i64,
    /// Unix milliseconds.
    pub ended_ms: Option<i64>,
    /// Rises with every change.
    pub rev: u64,
    /// The newest revision that Postgres is known to show.
    pub projected_rev: u64,
    /// When Postgres last confirmed that this run is wanted, unix milliseconds.
    pub verified_ms: i64,
    /// No projection before this time, unix milliseconds.
    pub project_not_before_ms: i64,
    /// Projections that failed one after another.
    pub projection_failures: u32,
    /// The next projection should not wait for its interval.
    pub projection_urgent: bool,
}

/// A run: its header, the frozen ids, its chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The small part.
    pub header: RunHeader,
    /// The ids that were listed, without duplicates, in the order of their first sight.
    pub plan: Vec<i64>,
    /// All chunks of all stages, once the plan is frozen: campaigns, then performance, then shop totals.
    pub chunks: Vec<Chunk>,
}

impl Run {
    /// Not ended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.header.phase != Phase::Ended
    }

    /// Ended, and Postgres shows it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.is_active() && (!self.header.announced || self.header.projected_rev >= self.header.rev)
    }

    /// The ids of a chunk.
    #[must_use]
    pub fn ids(&self, chunk: &Chunk) -> &[i64] {
        let first = chunk.first as usize;
        self.plan.get(first..first.saturating_add(chunk.size as usize)).unwrap_or(&[])
    }

    /// Position of a chunk in `chunks`.
    #[must_use]
    pub fn position(&self, key: ChunkKey) -> Option<usize> {
        self.chunks.iter().position(|chunk| chunk.key == key)
    }

    /// The chunks of a stage.
    pub fn stage(&self, stage: Stage) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter().filter(move |chunk| chunk.key.stage == stage)
    }

    /// Chunks that may be worked on in the present phase.
    pub(crate) fn is_open(&self, stage: Stage) -> bool {
        match self.header.phase {
            Phase::Campaigns => stage == Stage::Campaigns,
            Phase::Performance => stage != Stage::Campaigns,
            Phase::Listing | Phase::Ended => false,
        }
    }

    /// Records a change: the projection is behind from now on.
    pub(crate) fn touch(&mut self) -> u64 {
        self.header.rev += 1;
        self.header.rev
    }

    /// Ends the run. Chunks that are not terminal fail with the same words, so that nothing is left open.
    pub(crate) fn finish(&mut self, now_ms: i64, end: End) {
        let rev = self.touch();
        if let End::Failed { message } | End::Cancelled { reason: message } = &end {
            for chunk in self.chunks.iter_mut().filter(|chunk| !chunk.state.is_terminal()) {
                let class = shopee::ErrorClass::FatalConfiguration;
                chunk.state = ChunkState::Failed { class, message: message.clone() };
                chunk.rev = rev;
            }
        }
        self.header.phase = Phase::Ended;
        self.header.end = Some(end);
        self.header.ended_ms = Some(now_ms);
        self.header.projection_urgent = true;
    }
}
