//! Whether everything is set up and at work, and what to do if not.

use serde::{Deserialize, Serialize};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing is to be done.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something does not work.
    Failure,
    /// It could not be looked at.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Its stable name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// What was seen, for people. Never a secret.
    pub found: String,
    /// What to do; null if it is ok.
    pub todo: Option<String>,
}

/// `GET /v1/doctor`: all checks, whether or not the database answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Doctor {
    /// `failure` if a check is one, else `warning` if a check is one or is unknown, else `ok`.
    pub status: Status,
    /// When it was looked at, unix milliseconds.
    pub checked_at_ms: i64,
    /// Always the same ones, in the same order.
    pub checks: Vec<Check>,
}
