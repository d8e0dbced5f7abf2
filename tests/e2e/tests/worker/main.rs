//! The Worker as a whole, through its own doors: crons, HTTP and the operators' SQL.
mod budget_calls;
mod budget_changes;
mod budget_csv;
mod budget_rules;
mod budget_scheduler;
mod budgets_http;
mod changes;
mod compat;
mod crons;
mod drift;
mod errors;
mod ready;
mod reset;
mod runs;
mod settings;
