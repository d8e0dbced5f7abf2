//! Every SQL statement of the sync and its typed rows.
//!
//! A statement is one unit of work: it needs no transaction around it, no session state, no lock that outlives
//! it and no name on the server, so that it works behind a transaction pooler. Every statement may be repeated
//! after an unknown outcome. The same code runs natively and in WebAssembly; the driver is behind [`Db`].

#![forbid(unsafe_code)]

pub mod alert_kind;
pub mod alerts;
pub mod audit;
pub mod budget_changes;
pub mod budget_logs;
pub mod budget_rules;
pub mod budgets;
pub mod campaigns;
pub mod changes;
mod checksum;
pub mod consents;
pub mod cron_ticks;
mod db;
pub mod dead_letters;
mod decode;
pub mod doctor;
pub mod drift;
pub mod fence;
pub mod figures;
pub mod fleet;
pub mod hand_driven_progress;
pub mod health;
pub mod idempotency;
pub mod metrics;
pub mod owners;
#[cfg(not(target_arch = "wasm32"))]
mod postgres;
pub mod queue;
pub mod queue_rows;
pub mod reports;
pub mod retention;
pub mod runs;
pub mod schedules;
mod session;
pub mod settings;
pub mod shops;
pub mod sinks;
pub mod stale_data;
mod statement;
pub mod stuck;
pub mod write_campaigns;
pub mod write_performance;

pub use db::{Db, DbError};
pub use decode::is_uuid;
pub use fence::{Fence, Written};
#[cfg(not(target_arch = "wasm32"))]
pub use postgres::Postgres;
pub use session::Session;
pub use statement::{Param, Statement};
