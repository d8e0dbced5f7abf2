//! Why a step of the flow failed.

use crate::attempt_error::AttemptError;
use compact::json;
use serde::{Serialize, Serializer};
use shopee::ErrorClass;
use store::DbError;
use sync_core::SettingsError;

/// Why a step of the flow failed. Its text is for the log and contains no secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// Postgres failed; the statement may have been executed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A setting is out of range.
    #[error(transparent)]
    Setting(#[from] SettingsError),
    /// A part of the platform failed: a Durable Object, its storage, a queue. The request may have been carried out.
    #[error("{0}")]
    Platform(String),
    /// A variable or secret of the deployment is missing or invalid, or a stored value does not match it.
    #[error("{0}")]
    Configuration(String),
    /// A value is invalid, and retrying does not help.
    #[error("{0}")]
    Invalid(String),
    /// Shopee was not called, or refused; or work that includes an attempt failed.
    #[error("{0}")]
    Attempt(String),
    /// Several parts of a job failed; contains the first one's reason.
    #[error("{failed} of {all} {parts}: {first}")]
    Parts {
        /// How many failed.
        failed: usize,
        /// How many there were in total.
        all: usize,
        /// What they are.
        parts: &'static str,
        /// Why the first one failed.
        first: String,
    },
}

impl FlowError {
    /// What the error asks of the caller.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Database(_) | Self::Platform(_) | Self::Attempt(_) | Self::Parts { .. } => {
                ErrorClass::Retry
            }
            Self::Setting(_) | Self::Configuration(_) | Self::Invalid(_) => ErrorClass::FatalConfiguration,
        }
    }

    /// A part of the platform failed.
    pub fn platform(error: impl ToString) -> Self {
        Self::Platform(error.to_string())
    }

    /// The deployment is not configured for it.
    pub fn configuration(reason: impl Into<String>) -> Self {
        Self::Configuration(reason.into())
    }

    /// A value is invalid.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid(reason.into())
    }

    /// A value cannot be written as or read from JSON. `what` names it, since the reader's own message may quote a
    /// secret.
    #[must_use]
    pub fn unreadable(what: &str, line: usize, column: usize) -> Self {
        Self::Invalid(format!("{what} cannot be read at line {line} column {column}"))
    }
}

impl From<serde_json::Error> for FlowError {
    fn from(error: serde_json::Error) -> Self {
        Self::unreadable("a value", error.line(), error.column())
    }
}

impl From<json::Error> for FlowError {
    fn from(error: json::Error) -> Self {
        Self::unreadable("a value", error.line(), error.column())
    }
}

impl From<AttemptError> for FlowError {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Db(error) => Self::Database(error),
            error => Self::Attempt(error.to_string()),
        }
    }
}

impl Serialize for FlowError {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_str(self)
    }
}
