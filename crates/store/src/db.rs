//! The connection to the database, as a trait.

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
    /// The statement may have been corrupted in transit: checksum mismatch, protocol violation (08P01), syntax error (42601) or
    /// an unreadable value (class 22). Nothing of it was executed.
    #[must_use]
    pub fn may_be_damage(&self) -> bool {
        let may_be =
            |code: &str| matches!(code, checksum::DAMAGED | "08P01" | "42601") || code.starts_with("22");
        self.code.as_deref().is_some_and(may_be)
    }

    /// One of the rows to write is at fault: a value does not fit its column, or violates a constraint (SQLSTATE classes 22 and
    /// 23). Nothing was executed.
    #[must_use]
    pub fn is_of_a_row(&self) -> bool {
        self.code.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
    }

    /// The connection must not be used again: the server did not answer, its answer does not fit, or it closed the connection
    /// (SQLSTATE classes 08 and 57P).
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

    /// The server did not answer in time. The statement may still be executed, now or later.
    #[must_use]
    pub fn late(what: &str, ms: i64) -> Self {
        Self { is_late: true, ..Self::new(format!("{what} was not answered within {ms} ms")) }
    }

    /// An error that does not come from the server.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, is_late: false }
    }
}
