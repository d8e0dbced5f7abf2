//! The state of one run.

use super::{
    chunk::{Chunk, ChunkState, Drift},
    chunk_size::ChunkSizes,
    fetch_policy::FetchPolicy,
    listing::Listing,
    window::Window,
};
use crate::{
    ids::{ChunkKey, Generation, Stage},
    job::Kind,
    limits::DRIFT_OF_RUN_MAX,
    settings::Settings,
};
use compact::SortedMap;
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

/// The endpoints that a listing calls.
pub(crate) const LISTING: &[Endpoint] = &[Endpoint::CampaignIds];

/// The phase of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The ids are being listed; there is no plan yet.
    Listing,
    /// Settings are being fetched.
    Campaigns,
    /// Performance and shop totals are being fetched.
    Performance,
    /// The run is over.
    Ended,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every chunk is done and the receipt balances.
    Completed,
    /// Some work could not be done.
    Failed {
        /// The reason, for people.
        message: String,
    },
    /// An operator stopped it. The run writes nothing any more.
    Cancelled {
        /// Who or what stopped it.
        reason: String,
    },
}

/// The reason given for a run that was cancelled without a request.
pub const RESET: &str = "the shop was reset in the database";

/// How the chunks are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The consumer that planned the run also runs its chunks, one after another.
    Direct,
    /// Chunks are handed out as messages.
    Chunked,
}

/// What caused a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// One of the schedules.
    Cron,
    /// The HTTP interface.
    Http,
    /// A row that an operator inserted.
    Sql,
    /// The function that older callers use.
    Compat,
}

/// An operator's pause of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who paused it.
    pub by: String,
    /// Unix milliseconds.
    pub since_ms: i64,
}

/// How many ids of the plan have been cut into chunks, by stage. The rest is cut when it is handed out, so that the
/// size of chunks can adapt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Ids of the first stage.
    pub campaigns: u32,
    /// Ids of the second stage.
    pub performance: u32,
}

/// Everything in a run except its ids and chunks; small, and stored as one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// The run's number, which fences everything it writes.
    pub generation: Generation,
    /// What the run syncs.
    pub kind: Kind,
    /// What caused the run.
    pub trigger: Trigger,
    /// The failed run whose failed chunks this run retries.
    pub retry_of: Option<Generation>,
    /// The days to fetch.
    pub window: Window,
    /// What the run leaves out.
    #[serde(default)]
    pub fetch: FetchPolicy,
    /// The settings with which the run began.
    pub settings: Settings,
    /// The queue rows that the run serves.
    pub jobs: Vec<String>,
    /// The current phase.
    pub phase: Phase,
    /// How the run ended; set exactly when `phase` is `Ended`.
    pub end: Option<End>,
    /// Set while an operator has paused the run.
    pub paused: Option<Pause>,
    /// Known when the plan is frozen.
    pub mode: Option<Mode>,
    /// How many ids are cut into chunks.
    pub cut: Cut,
    /// The current chunk sizes.
    pub sizes: ChunkSizes,
    /// Whether a consumer holds this direct run. If it is lost, messages take over.
    pub direct_held: bool,
    /// Whether its progress row exists in Postgres, so that a missing row means an operator's reset.
    pub announced: bool,
    /// The progress of the listing.
    pub listing: Listing,
    /// Unix milliseconds.
    pub started_ms: i64,
    /// Unix milliseconds.
    pub ended_ms: Option<i64>,
    /// Increases with every change.
    pub rev: u64,
    /// The newest revision that Postgres is known to show.
    pub projected_rev: u64,
    /// When Postgres last confirmed that this run is still wanted, unix milliseconds.
    pub verified_ms: i64,
    /// No projection before this time, unix milliseconds.
    pub project_not_before_ms: i64,
    /// Consecutive failed projections.
    pub projection_failures: u32,
    /// Whether the next projection skips its interval.
    pub projection_urgent: bool,
}

/// A run: its header, the frozen ids, its chunks.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Everything except the ids and chunks.
    pub header: RunHeader,
    /// The listed ids without duplicates, in the order in which they first appeared; after a complete listing, those
    /// that were not in a chunk by then are in the order of the ids.
    pub plan: Vec<i64>,
    /// The plan in the order of the ids, if that is another one.
    pub(crate) ordered: Vec<i64>,
    /// The chunks cut so far.
    pub chunks: SortedMap<ChunkKey, Chunk>,
}

impl Run {
    /// Whether the run has not ended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.header.phase != Phase::Ended
    }

    /// Whether the plan is frozen; that of a retry always is.
    pub(crate) fn is_planned(&self) -> bool {
        self.header.mode.is_some() || self.header.retry_of.is_some()
    }

    /// Whether the run has ended and Postgres shows it, if it has a row of the run.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !self.is_active() && self.header.projected_rev >= self.header.rev
    }

    /// The drift that the run met, each kind once, at most [`DRIFT_OF_RUN_MAX`].
    #[must_use]
    pub fn drift(&self) -> Vec<&Drift> {
        let results =
            self.chunks.values().filter(|chunk| !chunk.carried).filter_map(|chunk| match &chunk.state {
                ChunkState::Done { result } => Some(&result.drift),
                _ => None,
            });
        let kinds: SortedMap<_, _> =
            results.flatten().map(|drift| ((&drift.endpoint, &drift.field, &drift.problem), drift)).collect();
        kinds.into_values().take(DRIFT_OF_RUN_MAX).collect()
    }

    /// Whether chunks of a stage may be worked on in the current phase. The first stage opens while the listing still
    /// goes on, the others once the plan is frozen.
    pub(crate) fn is_open(&self, stage: Stage) -> bool {
        match self.header.phase {
            Phase::Listing => stage == self.main_stage(),
            Phase::Campaigns => true,
            Phase::Performance => stage != Stage::Campaigns,
            Phase::Ended => false,
        }
    }

    /// The endpoints that a chunk of a stage calls.
    pub(crate) fn endpoints(&self, stage: Stage) -> &'static [Endpoint] {
        match (stage, self.header.window.hourly.is_empty()) {
            (Stage::Campaigns, _) => &[Endpoint::CampaignSettings],
            (Stage::Performance, false) => &[Endpoint::CampaignDaily, Endpoint::CampaignHourly],
            (Stage::Performance, true) => &[Endpoint::CampaignDaily],
            (Stage::ShopTotals, false) => &[Endpoint::ShopDaily, Endpoint::ShopHourly, Endpoint::Balance],
            (Stage::ShopTotals, true) => &[Endpoint::ShopDaily, Endpoint::Balance],
        }
    }

    /// Calls that a chunk of a stage takes if nothing goes wrong.
    #[must_use]
    pub fn calls(&self, stage: Stage) -> u32 {
        let hourly = u32::try_from(self.header.window.hourly.len()).unwrap_or(u32::MAX);
        let calls = u32::try_from(shopee::limits::IDS_PER_CALL_MAX).unwrap_or(u32::MAX);
        let parts = self.header.sizes.of(stage).div_ceil(calls);
        match stage {
            Stage::Campaigns => parts,
            Stage::Performance => parts.saturating_mul(hourly.saturating_add(1)),
            Stage::ShopTotals => hourly.saturating_add(2),
        }
    }

    /// Records a change, after which the projection is outdated.
    pub(crate) fn touch(&mut self) -> u64 {
        self.header.rev += 1;
        self.header.rev
    }

    /// Ends the run. Chunks that are not terminal fail with the same message, so that none stays open or unexplained.
    /// Returns the chunks that changed.
    pub(crate) fn finish(&mut self, now_ms: i64, end: End) -> Vec<ChunkKey> {
        let rev = self.touch();
        let mut changed = Vec::new();
        if matches!(end, End::Failed { .. }) {
            for stage in [Stage::Campaigns, Stage::Performance] {
                while self.cut_next(stage, self.uncut(stage)).is_some() {}
            }
        }
        if let End::Failed { message } | End::Cancelled { reason: message } = &end {
            for chunk in self.chunks.values_mut().filter(|chunk| !chunk.state.is_terminal()) {
                let class = ErrorClass::FatalConfiguration;
                chunk.state = ChunkState::Failed { class, message: message.clone() };
                chunk.rev = rev;
                changed.push(chunk.key);
            }
        }
        self.header.phase = Phase::Ended;
        self.header.end = Some(end);
        self.header.ended_ms = Some(now_ms);
        self.header.paused = None;
        self.header.projection_urgent = true;
        self.touch();
        changed
    }
}
