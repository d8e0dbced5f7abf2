//! The implementation of `cargo xtask`. The end-to-end tests use [`stack`] as a library.

pub mod adopt;
pub mod bench;
pub mod build;
pub mod chaos;
pub mod check_command;
pub mod demo;
pub mod dev;
pub mod generated_docs;
pub mod layers;
pub mod migrate;
pub mod openapi;
#[cfg(test)]
mod ops_files;
pub mod paths;
pub mod setup;
pub mod sim;
pub mod stack;
mod static_checks;
pub mod step;
mod table;
pub mod test_command;
