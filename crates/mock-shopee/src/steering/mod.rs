//! The control API as methods of the platform: creating shops, changing the platform's behaviour, reading what happened. Each
//! gets the time from its caller.

mod campaigns;
mod consent;
mod edits;
mod shops;
mod switches;
mod truth;

pub use campaigns::{CampaignChange, CampaignEdit};
pub use shops::NewShop;
pub use truth::{Question, TruthKind};

use std::fmt;

/// Why a control operation was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SteerError {
    /// There is no such shop.
    NoShop(u64),
    /// An input is not allowed: names the field and the allowed values.
    Bad(String),
}

impl SteerError {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::Bad(message.into())
    }
}

impl fmt::Display for SteerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoShop(id) => write!(f, "id: there is no shop {id}"),
            Self::Bad(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for SteerError {}

/// An error unless the condition holds.
fn ensure(holds: bool, message: &str) -> Result<(), SteerError> {
    if holds { Ok(()) } else { Err(SteerError::bad(message)) }
}
