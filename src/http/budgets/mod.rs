//! Scheduled budgets: schedules, their preview, their results, and the guard rails.

pub mod csv;
mod csv_lines;
pub mod preview;
pub mod rules;
pub mod runs;
pub mod schedules;
