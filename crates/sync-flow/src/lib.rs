//! What consumers, objects and schedules do, step by step, over ports: the same code runs in the Worker and in the
//! simulation, where every await may be the last.
//!
//! ```text
//!   cron ─┐                     ┌── object/: the run protocol of `sync-core`, stored and woken
//!   http ─┼─► queue table ─► consumer/start ─► plan ─┐      ▲ claim, permit, commit   │ chunk messages
//!   sql ──┘                                          └─► consumer/chunk ─► Shopee ─► Postgres
//! ```
#![forbid(unsafe_code)]

pub mod budget;
pub mod calls;
pub mod command;
pub mod config;
pub mod consent;
pub mod consumer;
pub mod cron;
pub mod host;
pub mod intake;
pub mod object;
pub mod replay;
pub mod seal;
pub mod shops;
pub mod sync;
pub mod verbs;
