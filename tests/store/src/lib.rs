//! The SQL of the store against a real Postgres, directly and through a transaction pooler.

#![cfg(test)]

mod access;
mod access_adopted;
mod adopt;
mod adopt_compare;
mod adopt_schedules;
mod adopt_take_over;
mod adopt_tokens;
mod alerts;
mod budget_changes;
mod budget_logs;
mod budget_rules;
mod budgets;
mod cadence;
mod changes;
mod checksums;
mod claims;
mod columns;
mod consents;
mod dead_letters;
mod deployment;
mod endings;
mod figures;
mod functions;
mod line;
mod migrations;
mod operators;
mod pooler;
mod progress_functions;
mod projection;
mod refusals;
mod retention;
mod rotation;
mod runs;
mod samples;
mod schedules;
mod schedules_together;
mod setup;
mod shops;
mod stuck;
mod tls;
mod tokens;
mod writes;
mod writes_performance;
