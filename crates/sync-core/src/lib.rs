//! The run protocol as a pure state machine: no I/O, no clock, no randomness.
//!
//! ```text
//!   begin ──► listing ──► campaigns ──► performance ──► ended
//!               │ pages      │ chunks       │ chunks + shop totals
//!               └────────────┴── claim · commit · alarm ──┘
//! ```
//!
//! Time and randomness come in as arguments; messages and storage changes go out as values. The Worker's
//! `ShopSync` object is a thin shell around [`Shop`]: it loads it, calls one method an event, stores what
//! changed and sends what it was told to send. Scheduled budgets stand apart from runs, in [`budget`].
#![forbid(unsafe_code)]

mod alarm;
mod begin;
pub mod budget;
mod calendar;
mod chunk;
mod closed;
mod commit;
mod dispatch;
mod fetch;
mod governor;
mod ids;
mod job;
mod lifecycle;
mod limits;
mod listing;
mod message;
mod pace;
mod paging;
mod projection;
mod receipt;
mod retry;
mod run;
mod settings;
mod shop;
mod sizing;
mod wait;
mod window;

pub use begin::{Begin, BeginReply};
pub use chunk::{Chunk, ChunkResult, ChunkState, Drift, Quarantined};
pub use commit::{ClaimReply, CommitReply, Failure, Outcome, Verdict, Work};
pub use fetch::{Fetch, Life, can_have_spent};
pub use governor::{Ask, AskReply, Closed, Governor, Notice, Over, Precedence, Report};
pub use ids::{AppId, ChunkKey, Generation, RunId, ShopId, Stage};
pub use job::{JobError, Kind, parse_days_ago};
pub use lifecycle::{Conflict, RunState, Step, Verb, VerbReply, transition};
pub use limits::*;
pub use listing::{Listing, ListingLease, PageReply};
pub use message::{BudgetMessage, ChunkMessage, MESSAGE_VERSION, MessageError, StartMessage};
pub use pace::{Pace, PermitReply, PermitRequest, Terms};
pub use paging::{ListedPage, Paging};
pub use projection::{ChunkRow, ProjectedStage, Projection, ProjectionResult, RESET};
pub use receipt::Receipt;
pub use retry::{back_off_ms, pause_ms};
pub use run::{Cut, End, Mode, Pause, Phase, Run, RunHeader, Trigger};
pub use settings::{Settings, SettingsError, SettingsOverride};
pub use shop::{Changes, Event, Shop};
pub use sizing::Sizes;
pub use wait::{Hold, WaitReason};
pub use window::Window;
