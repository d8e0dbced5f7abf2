//! Fields that nothing here reads or has heard of, and fields that rows lack which had them: the platform has changed.

use super::Fields;
use crate::limits::{FIELD_CHARS_MAX, UNKNOWN_FIELDS_MAX, UNKNOWN_SAMPLE_CHARS_MAX};
use crate::secret::Scrubber;
use std::collections::BTreeMap;

/// A field that is in no documentation and in no live answer known so far, or one that is not there although it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Its path inside the row, at most [`FIELD_CHARS_MAX`] characters.
    pub field: String,
    /// It is not there; the row is used without it.
    pub is_missing: bool,
    /// The beginning of its value where it was seen first.
    pub sample: String,
}

/// Collects them, each once, at most [`UNKNOWN_FIELDS_MAX`] an answer.
pub(crate) struct UnknownFields<'a> {
    scrubber: &'a Scrubber,
    found: BTreeMap<(String, bool), String>,
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
            self.add(path, false, value.get());
        }
    }

    /// Notes which of the fields the object lacks.
    pub(crate) fn miss(&mut self, fields: &Fields<'_>, names: &[&str]) {
        for name in names.iter().filter(|name| fields.get(name).is_none()) {
            self.add((*name).to_owned(), true, "");
        }
    }

    fn add(&mut self, path: String, is_missing: bool, value: &str) {
        let key = (path, is_missing);
        if self.found.len() < UNKNOWN_FIELDS_MAX && !self.found.contains_key(&key) {
            self.found.insert(key, self.scrubber.clean(value, UNKNOWN_SAMPLE_CHARS_MAX));
        }
    }

    pub(crate) fn into_fields(self) -> Vec<UnknownField> {
        let field = |((field, is_missing), sample)| UnknownField { field, is_missing, sample };
        self.found.into_iter().map(field).collect()
    }
}
