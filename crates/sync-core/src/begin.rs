//! Beginning a run, or finding the one that is active.

use crate::{
    ids::Generation,
    job::Kind,
    limits::JOBS_PER_RUN_MAX,
    listing::Listing,
    run::{Phase, Run, RunHeader, Trigger},
    settings::Settings,
    shop::{Changes, Event, Shop},
    window::Window,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A request to begin a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The queue row.
    pub job_id: String,
    /// What to sync.
    pub kind: Kind,
    /// What asked for it.
    pub trigger: Trigger,
    /// The shop's own date.
    pub today: NaiveDate,
    /// The settings to use.
    pub settings: Settings,
    /// The greatest generation that Postgres knows of this shop.
    pub generation_floor: Generation,
    /// When the job was handed out, unix milliseconds.
    pub asked_at_ms: i64,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum BeginReply {
    /// A new run.
    Begun {
        /// Its number.
        generation: Generation,
    },
    /// This job's run is active: go on with it.
    Resumed {
        /// Its number.
        generation: Generation,
    },
    /// An active run does the same; the job ends with it.
    Joined {
        /// Its number.
        generation: Generation,
    },
    /// An active run does something else; ask again when it has ended.
    Busy {
        /// Its number.
        generation: Generation,
    },
    /// A run looks active, but an operator may have reset it since: ask again shortly.
    Verifying {
        /// Its number.
        generation: Generation,
    },
    /// The last run has ended and Postgres does not show it yet: ask again shortly.
    Closing {
        /// Its number.
        generation: Generation,
    },
    /// This job's run has ended.
    Over {
        /// Its number.
        generation: Generation,
    },
}

impl BeginReply {
    /// The run that is meant.
    #[must_use]
    pub fn generation(self) -> Generation {
        match self {
            Self::Begun { generation }
            | Self::Resumed { generation }
            | Self::Joined { generation }
            | Self::Busy { generation }
            | Self::Verifying { generation }
            | Self::Closing { generation }
            | Self::Over { generation } => generation,
        }
    }
}

impl Shop {
    /// Begins a run for a job, unless one is active.
    pub fn begin(&mut self, event: Event, request: Begin) -> BeginReply {
        let Some(run) = &mut self.run else { return self.begin_new(event, request, Generation(0)) };
        let generation = run.header.generation;
        let mine = run.header.jobs.contains(&request.job_id);
        if run.is_closed() {
            return if mine {
                BeginReply::Over { generation }
            } else {
                self.begin_new(event, request, generation)
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
            run.touch();
            self.changes.header = true;
            return BeginReply::Verifying { generation };
        }
        let same =
            run.header.kind == request.kind && run.header.window == Window::of(request.kind, request.today);
        if !same || run.header.jobs.len() >= JOBS_PER_RUN_MAX {
            return BeginReply::Busy { generation };
        }
        run.header.jobs.push(request.job_id);
        run.touch();
        self.changes.header = true;
        BeginReply::Joined { generation }
    }

    fn begin_new(&mut self, event: Event, request: Begin, last: Generation) -> BeginReply {
        let generation = last.max(request.generation_floor).next();
        let resend_at_ms = event.now_ms.saturating_add(request.settings.lease_ms());
        let header = RunHeader {
            generation,
            kind: request.kind,
            trigger: request.trigger,
            window: Window::of(request.kind, request.today),
            listing: Listing::new(resend_at_ms),
            settings: request.settings,
            jobs: vec![request.job_id],
            phase: Phase::Listing,
            end: None,
            mode: None,
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
        self.run = Some(Run { header, plan: Vec::new(), chunks: Vec::new() });
        self.changes = Changes { new_run: true, header: true, ..Changes::default() };
        BeginReply::Begun { generation }
    }
}
