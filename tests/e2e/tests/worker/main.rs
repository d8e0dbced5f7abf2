//! The Worker as a whole, through its own doors: crons, HTTP and the operators' SQL.
mod changes;
mod compat;
mod crons;
mod drift;
mod errors;
mod reset;
mod runs;
