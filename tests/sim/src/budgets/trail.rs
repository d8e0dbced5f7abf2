//! What is remembered of what has happened to a campaign.

use super::definition::{Open, Wish};

/// Why a wish came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// Something that we are told of before an edit is sent: a schedule, a rule, the clock.
    Us,
    /// The platform: a person's hand there is seen by reading only.
    Platform,
}

/// A wish that does not hold any more.
#[derive(Clone, Debug)]
pub struct Past {
    pub wish: Wish,
    pub at_ms: i64,
    pub by: EndedBy,
}

/// An answer to an edit.
#[derive(Clone, Debug)]
pub struct Edit {
    pub at_ms: i64,
    pub budget: i64,
    /// The platform's code, where it has refused.
    pub refused: Option<String>,
}

/// A run now that somebody has asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub schedule: String,
    pub budget: i64,
    /// How long it lasts, if its schedule restores.
    pub lasts_ms: Option<i64>,
    pub at_ms: i64,
    /// Its schedule's slot is the open one.
    pub is_in_force: bool,
}

/// A slot that was open from its beginning to its end, and of which nothing came.
#[derive(Clone, Debug)]
pub struct Missed {
    pub open: Open,
    pub from_ms: i64,
    pub to_ms: i64,
    /// A look came within the days for which slots are remembered.
    pub was_due: bool,
}

/// How far back in time an edit may have been decided, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// For what we are told of.
    pub us_ms: i64,
    /// For what is read at the platform.
    pub platform_ms: i64,
}
