//! The two functions that older callers use, with their texts and statuses.

pub mod ads_scheduler;
pub mod ads_sync;
