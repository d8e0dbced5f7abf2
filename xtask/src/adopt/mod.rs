//! `cargo xtask adopt`: takes over an existing installation, and rolls that back. `docs/adoption.md` describes the procedure.

mod behaviour_changes;
mod catalog;
mod check;
mod columns;
mod compare;
mod copy_tokens;
mod cron_jobs;
mod custom_objects;
mod expected_schema;
mod migrations;
mod missing_constraints;
mod options;
mod preconditions;
mod query;
mod queue;
mod replaced_objects;
pub mod report;
mod rollback_script;
mod schedules;
mod server;
mod shops;
mod take_over;
mod token_rows;
mod tokens;
mod type_compatibility;
mod unique_keys;

pub use check::check;
pub use compare::{Comparison, Difference, Tally, compare};
pub use copy_tokens::copy_tokens;
pub use options::{Options, run};
pub use take_over::{Adopted, take_over};
pub use token_rows::Rewritten;
pub use tokens::{seal_tokens, unseal_tokens};
