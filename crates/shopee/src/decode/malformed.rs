//! Rows that cannot be used, and why.

use super::FieldError;
use crate::limits::SAMPLE_CHARS_MAX;
use crate::secret::Scrubber;
use compact::json::Raw;

/// A row that was left out of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedRow {
    /// Its campaign, if that can be read.
    pub campaign_id: Option<i64>,
    /// The path of the wrong field inside the row. `row` is the row itself.
    pub field: String,
    /// What is wrong and what is allowed.
    pub reason: String,
    /// The beginning of the row, at most [`SAMPLE_CHARS_MAX`] characters.
    pub sample: String,
}

/// Collects the malformed rows of one answer.
pub(crate) struct MalformedRows<'a> {
    scrubber: &'a Scrubber,
    rows: Vec<MalformedRow>,
}

impl<'a> MalformedRows<'a> {
    pub(crate) fn new(scrubber: &'a Scrubber) -> Self {
        Self { scrubber, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, campaign_id: Option<i64>, error: FieldError, row: Raw<'_>) {
        let FieldError { field, reason } = error;
        let sample = self.scrubber.clean(row.get(), SAMPLE_CHARS_MAX);
        self.rows.push(MalformedRow { campaign_id, field, reason, sample });
    }

    pub(crate) fn into_rows(self) -> Vec<MalformedRow> {
        self.rows
    }
}
