//! Collects the drift in Shopee's answers for a chunk's result.

use shopee::{MalformedRow, UnknownField, limits::SAMPLE_CHARS_MAX};
use sync_core::{DRIFT_NAMED_MAX, Drift};

/// The drift of one attempt.
#[derive(Default)]
pub struct DriftCollector {
    /// Malformed rows.
    pub malformed_rows: u32,
    /// The drift, each kind once.
    pub drift: Vec<Drift>,
}

impl DriftCollector {
    /// Adds the drift of one answer of an endpoint.
    pub fn take(&mut self, endpoint: &str, malformed: &[MalformedRow], unknown: &[UnknownField]) {
        let rows = u32::try_from(malformed.len()).unwrap_or(u32::MAX);
        self.malformed_rows = self.malformed_rows.saturating_add(rows);
        let endpoint = || endpoint.to_owned();
        for row in malformed {
            self.add(Drift {
                endpoint: endpoint(),
                field: row.field.clone(),
                problem: Some(row.reason.clone()),
                campaign_id: row.campaign_id,
                sample: row.sample.clone(),
            });
        }
        for field in unknown {
            self.add(Drift {
                endpoint: endpoint(),
                field: field.field.clone(),
                problem: field.is_missing.then(|| Drift::LACKING.to_owned()),
                campaign_id: None,
                sample: field.sample.clone(),
            });
        }
    }

    /// Adds a row that its table does not accept.
    pub fn misfit(&mut self, endpoint: &str, campaign_id: Option<i64>, sample: &str, reason: &str) {
        self.malformed_rows = self.malformed_rows.saturating_add(1);
        self.add(Drift {
            endpoint: endpoint.to_owned(),
            field: "row".to_owned(),
            problem: Some(reason.to_owned()),
            campaign_id,
            sample: sample.chars().take(SAMPLE_CHARS_MAX).collect(),
        });
    }

    fn add(&mut self, new: Drift) {
        let same = |old: &Drift| {
            old.endpoint == new.endpoint && old.field == new.field && old.problem == new.problem
        };
        if self.drift.len() < DRIFT_NAMED_MAX && !self.drift.iter().any(same) {
            self.drift.push(new);
        }
    }
}
