//! Messages that could not be handled.

use serde::{Deserialize, Serialize};

/// A kept message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// The row's UUID.
    pub id: String,
    /// The queue that it came from.
    pub queue: String,
    /// The queue's id of the message.
    pub message_id: String,
    /// The message, as received.
    pub body: String,
    /// Why it could not be handled.
    pub reason: String,
    /// When it was kept, unix milliseconds.
    pub received_at_ms: i64,
    /// When it was replayed, unix milliseconds.
    pub replayed_at_ms: Option<i64>,
    /// Who replayed it.
    pub replayed_by: Option<String>,
}

/// A message is back in its queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replayed {
    /// The letter.
    pub id: String,
    /// Always true.
    pub replayed: bool,
}
