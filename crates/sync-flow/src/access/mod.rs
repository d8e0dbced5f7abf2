//! A shop's access to Shopee: its partner app, its rate limits, its token.

pub mod client;
pub mod settings;
pub mod token;
