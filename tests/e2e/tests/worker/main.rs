//! The Worker as a whole, through its own doors: crons, HTTP and the operators' SQL.
mod changes;
mod compat;
mod crons;
mod errors;
mod reset;
mod runs;
