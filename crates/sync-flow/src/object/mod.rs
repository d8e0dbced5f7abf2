//! What the Durable Objects do, apart from how they are stored and woken.
//!
//! Every event runs the same way: call the core, store what changed in one go, arm the alarm, send the messages, tell
//! the governor. An object that dies between storing and sending has the chunk recorded as queued; the alarm finds it.

mod drift;
mod governor;
mod permits;
mod projection;
mod run_alerts;
mod shop;
mod token_refresh;

pub use governor::GovernorObject;
pub use shop::ShopSyncObject;
