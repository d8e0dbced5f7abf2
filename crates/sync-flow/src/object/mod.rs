//! What the Durable Objects do, independent of how they are stored and woken.
//!
//! Every event runs the same way: call the core, store what changed in one transaction, set the alarm, send the
//! messages, report to the governor. If an object dies between storing and sending, the chunk is recorded as queued,
//! and the alarm finds it.

mod drift;
mod governor;
mod permits;
mod projection;
mod run_alerts;
mod shop;
mod token_refresh;

pub use governor::GovernorObject;
pub use shop::ShopSyncObject;
