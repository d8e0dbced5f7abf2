//! Fields that nothing here reads or has heard of: the platform has changed.

use super::Fields;
use crate::limits::{FIELD_CHARS_MAX, UNKNOWN_FIELDS_MAX, UNKNOWN_SAMPLE_CHARS_MAX};
use crate::secret::Scrubber;
use std::collections::BTreeMap;

/// A field that is in no documentation and in no live answer known so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Its path inside the row, at most [`FIELD_CHARS_MAX`] characters.
    pub field: String,
    /// The beginning of its value where it was seen first.
    pub sample: String,
}

/// Collects them, each once, at most [`UNKNOWN_FIELDS_MAX`] an answer.
pub(crate) struct UnknownFields<'a> {
    scrubber: &'a Scrubber,
    found: BTreeMap<String, String>,
}

impl<'a> UnknownFields<'a> {
    pub(crate) fn new(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, found: BTreeMap::new() }
    }

    /// Looks through an object; `parent` is its own path, empty for a row.
    pub(crate) fn look(&mut self, parent: &str, fields: &Fields<'_>, known: &[&str]) {
        for (name, value) in fields.iter().filter(|(name, _)| !known.contains(name)) {
            let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            let path = self.scrubber.clean(&path, FIELD_CHARS_MAX);
            if self.found.len() < UNKNOWN_FIELDS_MAX && !self.found.contains_key(&path) {
                let sample = self.scrubber.clean(value.get(), UNKNOWN_SAMPLE_CHARS_MAX);
                self.found.insert(path, sample);
            }
        }
    }

    pub(crate) fn into_fields(self) -> Vec<UnknownField> {
        self.found.into_iter().map(|(field, sample)| UnknownField { field, sample }).collect()
    }
}
