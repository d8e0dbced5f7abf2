//! The SQL of the store against a real Postgres, directly and through a transaction pooler.

#![cfg(test)]

mod claims;
mod functions;
mod migrations;
mod operators;
mod pooler;
mod progress_functions;
mod projection;
mod runs;
mod samples;
mod setup;
mod shops;
mod stuck;
mod writes;
mod writes_performance;
