//! Lists.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// About as many as asked for: lists by time may be a little longer, since they never split a millisecond.
    pub items: Vec<T>,
    /// The `cursor` of the page after this one; null if there is none.
    pub next_cursor: Option<String>,
}
