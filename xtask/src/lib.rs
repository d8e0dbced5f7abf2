//! The pieces of `cargo xtask`. The end-to-end tests use [`stack`] as a library.

pub mod build;
pub mod demo;
pub mod dev;
pub mod migrate;
pub mod paths;
pub mod setup;
pub mod stack;
pub mod step;
pub mod tests;
