//! The client against prepared answers.

mod arbitrary;
mod auth;
mod campaigns;
mod consent;
mod edit_outcomes;
mod edits;
mod fake_platform;
mod performance;
mod refusals;
mod secrets;
mod shop;
mod suggestion;
