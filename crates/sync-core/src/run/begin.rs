//! Begins a run, or finds the active one.

use super::{
    chunk::{Chunk, ChunkState},
    chunk_size::ChunkSizes,
    fetch_policy::FetchPolicy,
    lifecycle::{ActionEffect, RunAction},
    listing::Listing,
    shop::Shop,
    state::{Cut, Phase, Run, RunHeader, Trigger},
    window::Window,
};
use crate::{
    event::Event,
    ids::{ChunkKey, Generation},
    job::Kind,
    limits::JOBS_PER_RUN_MAX,
    settings::Settings,
};
use chrono::NaiveDate;
use compact::SortedMap;
use serde::{Deserialize, Serialize};

/// A request to begin a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The queue row.
    pub job_id: String,
    /// What to sync.
    pub kind: Kind,
    /// What caused it.
    pub trigger: Trigger,
    /// Retry this run's failed chunks instead of syncing everything.
    pub retry_of: Option<Generation>,
    /// The current date in the shop's time zone.
    pub today: NaiveDate,
    /// The settings to use.
    pub settings: Settings,
    /// The greatest generation that Postgres knows for this shop.
    pub generation_floor: Generation,
    /// When the job was handed out, unix milliseconds.
    pub asked_at_ms: i64,
}

/// The answer to a request to begin a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeginReply {
    /// A new run has begun.
    Begun {
        /// Its number.
        generation: Generation,
    },
    /// This job's run is active: continue it.
    Resumed {
        /// Its number.
        generation: Generation,
    },
    /// An active run does the same work; the job ends with that run.
    Joined {
        /// Its number.
        generation: Generation,
    },
    /// An active run does other work; ask again when it has ended.
    Busy {
        /// Its number.
        generation: Generation,
    },
    /// A run looks active, but an operator may have reset it meanwhile: ask again shortly.
    Verifying {
        /// Its number.
        generation: Generation,
    },
    /// The last run has ended, but Postgres does not show it yet: ask again shortly.
    Closing {
        /// Its number.
        generation: Generation,
    },
    /// This job's run has ended.
    Over {
        /// Its number.
        generation: Generation,
    },
    /// There is nothing to retry.
    Refused {
        /// The run that was to be retried.
        generation: Generation,
        /// Why there is nothing to retry.
        detail: String,
    },
}

impl BeginReply {
    /// The run that the reply is about.
    #[must_use]
    pub fn generation(&self) -> Generation {
        match *self {
            Self::Begun { generation }
            | Self::Resumed { generation }
            | Self::Joined { generation }
            | Self::Busy { generation }
            | Self::Verifying { generation }
            | Self::Closing { generation }
            | Self::Over { generation }
            | Self::Refused { generation, .. } => generation,
        }
    }
}

impl Shop {
    /// Begins a run for a job, unless one is active.
    pub fn begin(&mut self, event: Event, request: Begin) -> BeginReply {
        let Some(run) = &mut self.run else { return self.begin_new(event, request) };
        let generation = run.header.generation;
        let mine = run.header.jobs.contains(&request.job_id);
        if run.is_closed() {
            // The row may have been written after the end was projected: the consumer that resumes the job announces
            // the run, and its end is projected again.
            return match mine {
                true if !run.header.announced => BeginReply::Resumed { generation },
                true => BeginReply::Over { generation },
                false => self.begin_new(event, request),
            };
        }
        if !run.is_active() {
            return BeginReply::Closing { generation };
        }
        if mine {
            return BeginReply::Resumed { generation };
        }
        if run.header.verified_ms < request.asked_at_ms {
            run.header.projection_urgent = true;
            self.touched();
            return BeginReply::Verifying { generation };
        }
        let same = request.retry_of.is_none()
            && run.header.kind == request.kind
            && run.header.window == Window::of(request.kind, request.today, &request.settings);
        if !same || run.header.jobs.len() >= JOBS_PER_RUN_MAX {
            return BeginReply::Busy { generation };
        }
        run.header.jobs.push(request.job_id);
        self.touched();
        BeginReply::Joined { generation }
    }

    fn begin_new(&mut self, event: Event, request: Begin) -> BeginReply {
        let carried = match request.retry_of.map(|of| self.carry(of, request.kind)).transpose() {
            Ok(carried) => carried,
            Err(refused) => return refused,
        };
        let last = self.run.as_ref().map_or(Generation(0), |run| run.header.generation);
        let generation = last.max(request.generation_floor).next();
        let resend_at_ms = event.now_ms.saturating_add(request.settings.lease_ms());
        let header = RunHeader {
            generation,
            kind: request.kind,
            trigger: request.trigger,
            retry_of: request.retry_of,
            window: Window::of(request.kind, request.today, &request.settings),
            fetch: FetchPolicy::of(request.kind, &request.settings),
            listing: Listing::new(resend_at_ms),
            sizes: ChunkSizes::new(&request.settings),
            settings: request.settings,
            jobs: vec![request.job_id],
            phase: Phase::Listing,
            end: None,
            paused: None,
            mode: None,
            cut: Cut::default(),
            direct_held: false,
            announced: false,
            started_ms: event.now_ms,
            ended_ms: None,
            rev: 1,
            projected_rev: 0,
            verified_ms: 0,
            project_not_before_ms: 0,
            projection_failures: 0,
            projection_urgent: false,
        };
        let run = match carried {
            None => Run::new(header, Vec::new(), SortedMap::new()),
            Some(Carried { window, fetch, complete, early, plan, cut, chunks }) => {
                let listing = Listing { complete, early, ..header.listing };
                let header = RunHeader { window, fetch, cut, listing, ..header };
                Run::new(header, plan, chunks)
            }
        };
        self.changes.new_run = true;
        self.changes.header = true;
        self.changes.add_ids(0, &run.plan);
        self.changes.chunks = run.chunks.keys().copied().collect();
        self.run = Some(run);
        BeginReply::Begun { generation }
    }

    /// What a retry takes over: the plan and the completed chunks. Failed chunks start afresh.
    fn carry(&self, generation: Generation, kind: Kind) -> Result<Carried, BeginReply> {
        let refused = |detail| BeginReply::Refused { generation, detail };
        match self.may(generation, RunAction::Retry) {
            Ok((_, ActionEffect::Succeed)) => {}
            Ok(_) => return Err(refused("a retry does not apply".to_owned())),
            Err(conflict) => return Err(refused(conflict.detail)),
        }
        let run = self.run.as_ref().ok_or_else(|| refused("there is no such run".to_owned()))?;
        if run.header.kind != kind {
            let was = run.header.kind.sync_type();
            return Err(refused(format!(
                "the run is of the kind {was}: ask for the same kind, and the same day"
            )));
        }
        let again = |chunk: &Chunk| match chunk.state {
            ChunkState::Done { .. } => {
                Chunk { carried: true, attempt: 0, failures: 0, failed_calls: 0, rev: 0, ..chunk.clone() }
            }
            _ => Chunk { rev: 1, ..Chunk::new(chunk.key, chunk.first, chunk.size) },
        };
        let chunks: SortedMap<ChunkKey, Chunk> =
            run.chunks.values().map(|chunk| (chunk.key, again(chunk))).collect();
        let RunHeader { window, fetch, cut, listing, .. } = &run.header;
        let Listing { complete, early, .. } = *listing;
        let (window, plan) = (window.clone(), run.plan.clone());
        Ok(Carried { window, fetch: *fetch, complete, early, plan, cut: *cut, chunks })
    }
}

struct Carried {
    window: Window,
    fetch: FetchPolicy,
    complete: bool,
    early: u32,
    plan: Vec<i64>,
    cut: Cut,
    chunks: SortedMap<ChunkKey, Chunk>,
}
