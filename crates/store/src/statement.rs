//! Statements and the values of their parameters.

/// A statement of this crate.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// File and purpose, for example `queue.claim_due`; the SQL begins with a comment that repeats it.
    pub name: &'static str,
    /// The text, with parameters `$1` and on.
    pub sql: &'static str,
}

/// A value for a parameter. JSON documents are sent as text and cast in the SQL, so that no type has to be
/// looked up on the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param<'a> {
    /// `int8`
    I64(i64),
    /// `int4`
    I32(i32),
    /// `float8`, a whole number below 10^15: Rust and Postgres write others in different ways (`checksum.rs`).
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
