//! The messages of the three queues, as JSON text.
//!
//! A message is a hint to look: the shop's object decides what may be done when the message is claimed, so a message
//! that comes twice, late or out of order does no harm.

use crate::ids::{ChunkKey, Generation, ShopId, Stage};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The version that is written. A reader rejects newer ones.
pub const MESSAGE_VERSION: u32 = 1;

/// Start (or continue) the run that a job asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartMessage {
    /// Message version.
    pub v: u32,
    /// The shop.
    pub shop_id: ShopId,
    /// The queue row's id.
    pub job_id: String,
    /// When the job was handed out, unix milliseconds.
    pub asked_at_ms: i64,
}

impl StartMessage {
    /// A message of the current version.
    #[must_use]
    pub fn new(shop_id: ShopId, job_id: String, asked_at_ms: i64) -> Self {
        Self { v: MESSAGE_VERSION, shop_id, job_id, asked_at_ms }
    }
}

/// Make one attempt at a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkMessage {
    /// Message version.
    pub v: u32,
    /// The shop.
    pub shop_id: ShopId,
    /// The run.
    pub generation: Generation,
    /// The chunk's stage.
    pub stage: Stage,
    /// The chunk's index within the stage.
    pub chunk: u32,
    /// The attempt that this message asks for, from 1.
    pub attempt: u32,
}

impl ChunkMessage {
    /// A message of the current version.
    #[must_use]
    pub fn new(shop_id: ShopId, generation: Generation, key: ChunkKey, attempt: u32) -> Self {
        Self { v: MESSAGE_VERSION, shop_id, generation, stage: key.stage, chunk: key.index, attempt }
    }

    /// The key of the chunk.
    #[must_use]
    pub fn key(&self) -> ChunkKey {
        ChunkKey { stage: self.stage, index: self.chunk }
    }
}

/// Look at a shop's budgets; the database says what is to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetMessage {
    /// Message version.
    pub v: u32,
    /// The shop.
    pub shop_id: ShopId,
    /// The last campaign that has already been handled; `None`: start with the first.
    #[serde(default)]
    pub after: Option<i64>,
    /// Delay of the delivery, in seconds.
    #[serde(skip)]
    pub delay_seconds: u32,
}

impl BudgetMessage {
    /// A message of the current version.
    #[must_use]
    pub fn new(shop_id: ShopId, after: Option<i64>, delay_seconds: u32) -> Self {
        Self { v: MESSAGE_VERSION, shop_id, after, delay_seconds }
    }
}

/// Why a message body cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The body is not the JSON text of a message.
    #[error("not a message: {0}")]
    Unreadable(String),
    /// A newer release wrote the message.
    #[error("message version {0} is newer than this release understands")]
    TooNew(u32),
}

fn read<T: DeserializeOwned>(text: &str, version: impl Fn(&T) -> u32) -> Result<T, MessageError> {
    let message: T =
        compact::json::from_str(text).map_err(|error| MessageError::Unreadable(error.to_string()))?;
    match version(&message) {
        0..=MESSAGE_VERSION => Ok(message),
        newer => Err(MessageError::TooNew(newer)),
    }
}

impl std::str::FromStr for StartMessage {
    type Err = MessageError;
    fn from_str(text: &str) -> Result<Self, MessageError> {
        read(text, |message: &Self| message.v)
    }
}

impl std::str::FromStr for ChunkMessage {
    type Err = MessageError;
    fn from_str(text: &str) -> Result<Self, MessageError> {
        read(text, |message: &Self| message.v)
    }
}

impl std::str::FromStr for BudgetMessage {
    type Err = MessageError;
    fn from_str(text: &str) -> Result<Self, MessageError> {
        read(text, |message: &Self| message.v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_its_text() {
        let key = ChunkKey { stage: Stage::Performance, index: 7 };
        let message = ChunkMessage::new(ShopId(1), Generation(2), key, 3);
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(text, r#"{"v":1,"shop_id":1,"generation":2,"stage":"performance","chunk":7,"attempt":3}"#);
        assert_eq!(text.parse::<ChunkMessage>().unwrap(), message);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert!(matches!("{}".parse::<ChunkMessage>(), Err(MessageError::Unreadable(_))));
        let newer = r#"{"v":9,"shop_id":1,"job_id":"x","asked_at_ms":0}"#;
        assert_eq!(newer.parse::<StartMessage>(), Err(MessageError::TooNew(9)));
    }
}
