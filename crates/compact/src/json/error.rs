//! What is wrong with a text.

use serde::de::{Expected, Unexpected};
use std::fmt::{self, Display, Formatter, Write};

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text is no JSON.
    Syntax,
    /// A value does not fit.
    Data,
}

/// Why a text could not be read.
#[derive(Debug)]
pub struct Error(Box<Details>);

#[derive(Debug)]
struct Details {
    kind: Kind,
    message: String,
    /// Names of fields and places in lists, the innermost first.
    path: Vec<Segment>,
    /// Line and column, both from 1; `None` until the reader is asked for them.
    place: Option<(usize, usize)>,
}

#[derive(Debug)]
enum Segment {
    Field(String),
    Item(usize),
}

impl Error {
    pub(super) fn new(kind: Kind, message: String) -> Self {
        Self(Box::new(Details { kind, message, path: Vec::new(), place: None }))
    }

    pub(super) fn in_field(mut self, name: &str) -> Self {
        self.0.path.push(Segment::Field(name.to_owned()));
        self
    }

    pub(super) fn in_item(mut self, place: usize) -> Self {
        self.0.path.push(Segment::Item(place));
        self
    }

    pub(super) fn placed(mut self, place: impl FnOnce() -> (usize, usize)) -> Self {
        self.0.place.get_or_insert_with(place);
        self
    }

    /// Whether the text is no JSON, or a value does not fit.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What is wrong, without its place. It may quote a value.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.place.map_or(0, |(line, _)| line)
    }

    /// The column in bytes, from 1; of errors in a value, that of its end.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.place.map_or(0, |(_, column)| column)
    }

    /// The way from the whole value to the one that the error is about, as in `days[3].slot`; empty for the whole value.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for segment in self.0.path.iter().rev() {
            let _ = match segment {
                Segment::Field(name) if path.is_empty() => path.write_str(name),
                Segment::Field(name) => write!(path, ".{name}"),
                Segment::Item(place) => write!(path, "[{place}]"),
            };
        }
        path
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.message)?;
        match self.0.place {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Data, message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found: &dyn Display = if found == Unexpected::Unit { &"null" } else { &found };
        Self::new(Kind::Data, format!("invalid type: {found}, expected {expected}"))
    }
}
