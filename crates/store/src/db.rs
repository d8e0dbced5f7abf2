//! The connection as this crate sees it.

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

/// A statement of this crate.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// File and purpose, for example `queue.claim_due`; the SQL begins with a comment that repeats it.
    pub name: &'static str,
    /// The text, with parameters `$1` and on.
    pub sql: &'static str,
}

/// A value for a parameter. JSON documents travel as text and are cast in the SQL, so that no type is needed
/// which a pooler would have to look up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param<'a> {
    /// `int8`
    I64(i64),
    /// `int4`
    I32(i32),
    /// `float8`
    F64(f64),
    /// `text`
    Text(&'a str),
    /// `text` or NULL
    OptText(Option<&'a str>),
    /// `int8` or NULL
    OptI64(Option<i64>),
    /// `bool`
    Bool(bool),
}

/// Why a statement failed. Holds no parameter and no row, so that it can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", code.as_ref().map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default())]
pub struct DbError {
    /// What happened.
    pub message: String,
    /// The SQLSTATE, if the server answered.
    pub code: Option<String>,
}

impl DbError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None }
    }
}
