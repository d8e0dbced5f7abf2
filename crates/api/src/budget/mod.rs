//! Budgets: schedules, guard rails, runs.

pub mod csv;
pub mod preview;
pub mod rules;
pub mod run;
pub mod schedule;
