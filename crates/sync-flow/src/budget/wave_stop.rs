//! Why a wave of budget writes ended before its writes did.

use crate::attempt_error::AttemptError;
use sync_core::ERROR_TEXT_MAX;

/// The beginning of the reason for an edit whose slot ended before it could be sent.
pub const SLOT_OVER: &str = "slot_over:";

/// Why a wave ended before its writes did. What was stored continues later.
pub enum WaveStop {
    /// Another holder has the shop.
    Lost,
    /// The time is up.
    Late,
    /// There is no permit or token, or Postgres does not answer.
    Trouble(AttemptError),
}

impl<T: Into<AttemptError>> From<T> for WaveStop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

impl WaveStop {
    /// The reason in words, at most [`ERROR_TEXT_MAX`] characters.
    pub fn reason(&self) -> String {
        match self {
            Self::Lost => "somebody else has the shop".to_owned(),
            Self::Late => "the time of this turn is over".to_owned(),
            Self::Trouble(error) => error.to_string().chars().take(ERROR_TEXT_MAX).collect(),
        }
    }
}
