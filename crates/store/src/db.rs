//! The connection as this crate sees it.

use crate::{Param, Statement, checksum};
use std::future::Future;

/// A connection that runs statements. Not bound to `Send`: a Worker has one thread.
pub trait Db {
    /// Runs `statement` and returns its rows. Every statement has one column: a JSON text.
    ///
    /// # Errors
    /// Whatever the driver or the server reports. The outcome is then unknown: the statement may have run.
    fn rows(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<Vec<String>, DbError>>;
}

/// Why a statement failed. Holds no parameter and no row, so that it can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", code.as_ref().map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default())]
pub struct DbError {
    /// What happened.
    pub message: String,
    /// The SQLSTATE, if the server answered.
    pub code: Option<String>,
    /// There was no answer in time.
    pub is_late: bool,
}

impl DbError {
    /// The statement may have been damaged on its way: its checksum does not fit, a message is no message (08P01), a text is
    /// no SQL (42601), a value cannot be read (class 22). Nothing of it was executed.
    #[must_use]
    pub fn may_be_damage(&self) -> bool {
        let may_be =
            |code: &str| matches!(code, checksum::DAMAGED | "08P01" | "42601") || code.starts_with("22");
        self.code.as_deref().is_some_and(may_be)
    }

    /// One of the rows that it writes is to blame: a value does not fit its column, or breaks a rule of the table (SQLSTATE
    /// classes 22 and 23). Nothing of it was executed.
    #[must_use]
    pub fn is_of_a_row(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
    }

    /// The connection cannot be trusted with another statement: the server has not answered, its answer does not fit, or it
    /// has ended the connection (SQLSTATE classes 08 and 57).
    #[must_use]
    pub fn is_of_the_connection(&self) -> bool {
        let ended = |code: &str| code.starts_with("08") || code.starts_with("57P");
        self.may_be_damage() || self.code.as_deref().is_none_or(ended)
    }

    /// The database lacks what the statement names: a table, a column, a function, a schema.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.code.as_deref(), Some("42P01" | "42703" | "42883" | "3F000"))
    }

    /// The server did not answer in time. The statement may be executed all the same, now or later.
    #[must_use]
    pub fn late(what: &str, ms: i64) -> Self {
        Self { is_late: true, ..Self::new(format!("{what} was not answered within {ms} ms")) }
    }

    /// One that no server has told.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, is_late: false }
    }
}
