//! Why a wave of budget writes ended before its writes did.

use crate::attempt_error::AttemptError;
use sync_core::ERROR_TEXT_MAX;

/// How the reason of an edit begins whose slot ended before it could be sent.
pub const SLOT_OVER: &str = "slot_over:";

/// Why a wave ended before its writes did. What was stored goes on later.
pub enum WaveStop {
    /// Somebody else has the shop.
    Lost,
    /// The time is up.
    Late,
    /// No permit, no token, or Postgres does not answer.
    Trouble(AttemptError),
}

impl<T: Into<AttemptError>> From<T> for WaveStop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

impl WaveStop {
    /// In words, at most [`ERROR_TEXT_MAX`] characters.
    pub fn reason(&self) -> String {
        match self {
            Self::Lost => "somebody else has the shop".to_owned(),
            Self::Late => "the time of this turn is over".to_owned(),
            Self::Trouble(error) => error.to_string().chars().take(ERROR_TEXT_MAX).collect(),
        }
    }
}
