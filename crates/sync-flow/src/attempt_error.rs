//! Why work that calls Shopee or Postgres failed, by what follows from it.

use shopee::{ApiError, ErrorClass};
use std::fmt;
use store::DbError;
use sync_core::{AttemptFailure, ERROR_TEXT_MAX, Hold};

/// Why an attempt failed.
pub enum AttemptError {
    /// Shopee refused or failed.
    Api(ApiError),
    /// Postgres failed; the statement may have been executed.
    Db(DbError),
    /// No call is possible in the current state.
    Refused(AttemptFailure),
    /// No permit is available soon.
    Deferred(Hold),
    /// Postgres refused the write: the run is no longer wanted.
    Fenced,
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => f.write_str(&error.message),
            Self::Db(error) => error.fmt(f),
            Self::Refused(failure) => f.write_str(&failure.message),
            Self::Deferred(hold) => f.write_str(hold.reason.text()),
            Self::Fenced => f.write_str("somebody else is at work on it"),
        }
    }
}

impl From<ApiError> for AttemptError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<DbError> for AttemptError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<AttemptFailure> for AttemptError {
    fn from(failure: AttemptFailure) -> Self {
        Self::Refused(failure)
    }
}

impl AttemptError {
    /// Converts the error to the core's form, for work that is not a chunk.
    pub(crate) fn into_failure(self) -> AttemptFailure {
        match self {
            Self::Api(error) => failure(&error, 1),
            Self::Db(error) => refused(ErrorClass::Retry, error.to_string()),
            Self::Refused(failure) => failure,
            Self::Deferred(hold) => refused(ErrorClass::Retry, hold.reason.text().to_owned()),
            Self::Fenced => refused(ErrorClass::Retry, "the run is not wanted any more".to_owned()),
        }
    }
}

/// Converts an error of Shopee's to the core's form.
pub fn failure(error: &ApiError, calls: u32) -> AttemptFailure {
    let message: String = error.message.chars().take(ERROR_TEXT_MAX).collect();
    AttemptFailure {
        class: error.class,
        message,
        retry_after_s: error.retry_after_s,
        calls,
        endpoint: Some(error.endpoint),
    }
}

/// A failure before any call.
pub fn refused(class: ErrorClass, message: String) -> AttemptFailure {
    AttemptFailure { class, message, retry_after_s: None, calls: 0, endpoint: None }
}
