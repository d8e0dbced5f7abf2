//! Undocumented fields, and missing documented ones: signs that the platform has changed.

use super::Fields;
use crate::limits::{FIELD_CHARS_MAX, UNKNOWN_FIELDS_MAX, UNKNOWN_SAMPLE_CHARS_MAX};
use crate::secret::Scrubber;
use compact::SortedMap;

/// A field not known from documentation or live answers so far, or a known one that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Its path inside the row, at most [`FIELD_CHARS_MAX`] characters.
    pub field: String,
    /// It is missing; the row is used without it.
    pub is_missing: bool,
    /// The beginning of its value at its first occurrence.
    pub sample: String,
}

/// Collects them, each once, at most [`UNKNOWN_FIELDS_MAX`] per answer.
pub(crate) struct UnknownFields<'a> {
    scrubber: &'a Scrubber,
    found: SortedMap<(String, bool), String>,
}

impl<'a> UnknownFields<'a> {
    pub(crate) fn new(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, found: SortedMap::new() }
    }

    /// Collects the unknown fields of an object; `parent` is its path, empty for a row.
    pub(crate) fn add_unknown(&mut self, parent: &str, fields: &Fields<'_>, known: &[&str]) {
        for (name, value) in fields.iter().filter(|(name, _)| !known.contains(name)) {
            let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            let path = self.scrubber.clean(&path, FIELD_CHARS_MAX);
            self.add(path, false, value.get());
        }
    }

    /// Collects those of the named fields that the object lacks.
    pub(crate) fn add_missing(&mut self, fields: &Fields<'_>, names: &[&str]) {
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
