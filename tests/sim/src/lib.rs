//! Deterministic simulation of the real code.
//!
//! `sync-flow` holds everything that consumers, objects and schedules do, over ports. Here the ports are memory under
//! virtual time: every call of a port is a point at which the scheduler decides, from one seed, what happens next, and
//! at which a task may be killed. The same seed gives the same world, to the last message.
//!
//! ```text
//!   schedule of faults (case.rs, faults.rs) ──► world.rs: clock, tasks, queues, objects, crons, operators
//!                                       │ ports (host.rs, storage.rs)        │ after every step
//!   sync-flow, unmodified ◄─────────────┘                                    ▼
//!   db/: a model of Postgres      shopee.rs: the fake platform        invariants.rs
//! ```
//!
//! `cargo xtask sim --runs N --seed S` runs many; a failing seed is shrunk and printed as a case to keep in
//! `tests/cases.rs`.
#![forbid(unsafe_code)]

mod budgets;
mod calm;
pub mod case;
mod cost;
mod custody;
pub mod db;
mod ending;
mod faults;
mod host;
mod invariants;
mod many;
mod objects;
mod operators;
mod permits;
mod platform;
mod queues;
mod shopee;
mod standing;
mod storage;
mod tally;
mod tasks;
mod truth;
mod unanswered;
mod variants;
mod world;

pub use budgets::run_budgets;
pub use calm::Calm;
pub use case::{Case, Place, Variant};
pub use cost::Cost;
pub use db::{FigureKey, Figures};
pub use faults::{Fault, Faults};
pub use many::{Failure, many, many_of};
pub use tally::Tally;

/// Worlds are made of small texts: this allocator makes a run a fifth shorter than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs one case. The answer counts what happened.
///
/// # Errors
/// The first violation, with the invariant's number.
pub fn run(case: &Case) -> Result<Tally, String> {
    world::World::new(case, false).run()
}

/// As [`run`], and prints what the flow logs.
///
/// # Errors
/// The first violation.
pub fn run_traced(case: &Case) -> Result<Tally, String> {
    world::World::new(case, true).run()
}
