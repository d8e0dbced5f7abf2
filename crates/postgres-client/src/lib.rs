//! One connection to Postgres that carries one statement at a time, over any stream.
//!
//! It speaks the extended protocol with unnamed statements, all values as text. There are no transactions, notifications, copies
//! or prepared statements, and no task in the background: whoever waits for an answer reads it, to its end, so a connection can be
//! used again after an error of a statement.

mod client;
mod error;
mod login;
mod statement;
mod stream;

/// The message that ends a connection; it has no answer.
pub const TERMINATE: &[u8] = b"X\0\0\0\x04";

pub use client::Client;
pub use error::Error;
pub use login::Login;
pub use statement::{Value, types};
