//! What consumers, objects and schedules do, step by step, over ports: the same code runs in the Worker and in the
//! simulation, where every await may be the last.
//!
//! ```text
//!   cron ─┐                     ┌── object/: the run protocol of `sync-core`, stored and woken
//!   http ─┼─► queue table ─► consumer/start ─► plan ─┐      ▲ claim, permit, commit   │ chunk messages
//!   sql ──┘                                          └─► consumer/chunk ─► Shopee ─► Postgres
//! ```
#![forbid(unsafe_code)]

pub mod access;
pub mod actions;
pub mod attempt_error;
pub mod budget;
pub mod commands;
pub mod config;
pub mod consumer;
pub mod cron;
pub mod doctor;
pub mod error;
pub mod host;
pub mod invocation;
pub mod live;
pub mod object;
pub mod object_client;
pub mod permitted_calls;
pub mod queues;
pub mod run_view;
pub mod schedules;
pub mod sinks;
pub mod sync;
pub mod token_encryption;
pub mod trace;
