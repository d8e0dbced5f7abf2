//! `cargo xtask adopt`: takes an existing installation over, and gives it back. `docs/adoption.md` tells the whole way.

mod ask;
mod catalog;
mod check;
mod columns;
mod compare;
mod contract;
mod copy_tokens;
mod cron_jobs;
mod guard;
mod habits;
mod keys;
mod looser;
mod migrations;
mod options;
mod own;
mod queue;
mod replaced;
pub mod report;
mod schedules;
mod server;
mod shops;
mod take_over;
mod token_rows;
mod tokens;
mod types;
mod way_back;

pub use check::check;
pub use compare::{Comparison, Difference, Tally, compare};
pub use copy_tokens::copy_tokens;
pub use options::{Options, run};
pub use take_over::{Adopted, take_over};
pub use token_rows::Rewritten;
pub use tokens::{seal_tokens, unseal_tokens};
