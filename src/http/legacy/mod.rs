//! The two functions that older callers know, with their words and statuses.

pub mod ads_scheduler;
pub mod ads_sync;
