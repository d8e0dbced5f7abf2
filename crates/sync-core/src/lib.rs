//! The run protocol as a pure state machine: no I/O, no clock, no randomness.
//!
//! ```text
//!   begin ──► listing ──► campaigns ──► performance ──► ended
//!               │ pages      │ chunks       │ chunks + shop totals
//!               └────────────┴── claim · commit · alarm ──┘
//! ```
//!
//! Time and randomness come in as arguments; messages and storage changes go out as values. The Worker's `ShopSync`
//! object is a thin shell around [`Shop`]: it loads the state, calls one method per event, stores what changed and
//! sends the resulting messages. Scheduled budgets are separate from runs, in [`budget`].
#![forbid(unsafe_code)]

pub mod budget;
mod event;
mod ids;
mod job;
mod limits;
mod message;
mod rate;
mod run;
pub mod settings;

pub use event::Event;
pub use ids::{AppId, ChunkKey, Generation, RunId, ShopId, Stage};
pub use job::{JobError, Kind, parse_days_ago};
pub use limits::*;
pub use message::{BudgetMessage, ChunkMessage, MESSAGE_VERSION, MessageError, StartMessage};
pub use rate::{
    back_off::{back_off_ms, pause_ms},
    governor::{Governor, Recovered},
    governor_messages::{ClosedEndpoint, GovernorReport, HoldNotice, Precedence, SlotReply, SlotRequest},
    hold::{Hold, WaitReason},
    permit::{PermitReply, PermitRequest, RateLimits},
    shop_limiter::ShopRateLimiter,
};
pub use run::{
    attempt::{AttemptFailure, AttemptOutcome, ListedPart, Work},
    begin::{Begin, BeginReply},
    chunk::{Chunk, ChunkResult, ChunkState, Drift, Quarantined},
    chunk_size::ChunkSizes,
    claim::ClaimReply,
    commit::{CommitReply, CommitVerdict},
    fetch_policy::{CampaignLife, FetchPolicy, can_have_spent},
    handout::Handout,
    lifecycle::{ActionEffect, ActionReply, Conflict, RunAction, RunState, transition},
    listing::Listing,
    paging::{ListedPage, Paging},
    planning::{ListingLease, PageReply},
    projection::{ChunkRow, ProjectedStage, Projection, ProjectionResult},
    receipt::Receipt,
    shop::{Shop, ShopChanges},
    state::{Cut, End, Mode, Pause, Phase, RESET, Run, RunHeader, Trigger},
    window::Window,
};
pub use settings::{Settings, SettingsError, SettingsLayers, SettingsOverride};
