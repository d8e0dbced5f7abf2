//! The Durable Objects.

pub mod command;
mod shop_sync;
mod storage;
