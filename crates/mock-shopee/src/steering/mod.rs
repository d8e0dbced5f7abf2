//! What the control API does, as methods of the platform: making shops, changing how the platform behaves, reading
//! what happened. Each takes the time from its caller.

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

/// Why the platform could not be steered that way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SteerError {
    /// There is no such shop.
    NoShop(u64),
    /// Something given is not allowed: names the field and what is.
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

/// Refuses what does not hold.
fn ensure(holds: bool, message: &str) -> Result<(), SteerError> {
    if holds { Ok(()) } else { Err(SteerError::bad(message)) }
}
