//! `retention.clean`, with the days that it keeps things by default. Of the audit log, and of changes, which have no
//! model, no test lasts long enough to lose anything.

use super::Model;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

impl Model {
    pub(super) fn retention_clean(&mut self) -> Value {
        let since = |days: i64| self.now_ms - days * DAY_MS;
        let (queue, letters, others) = (since(7), since(30), since(90));
        let first_day = chrono::DateTime::from_timestamp_millis(others).expect("a time").date_naive();
        let mut deleted = json!({ "changes": 0, "audit_log": 0 });
        let mut tell = |what: &str, before: usize, after: usize| deleted[what] = (before - after).into();

        let rows = self.jobs.len() + self.chunks.len();
        self.jobs.retain(|_, job| job.is_open() || job.completed_at_ms.unwrap_or(job.created_at_ms) >= queue);
        self.chunks
            .retain(|_, row| row.is_open() || row.completed_at_ms.unwrap_or(row.created_at_ms) >= queue);
        tell("queue", rows, self.jobs.len() + self.chunks.len());

        let hours = |model: &Self, whole_shop: bool| {
            model.performance.keys().filter(|key| key.3 >= 0 && (key.1 == 0) == whole_shop).count()
        };
        let before = [hours(self, false), hours(self, true)];
        self.performance.retain(|key, _| key.3 < 0 || key.2 >= first_day);
        tell("hourly", before[0], hours(self, false));
        tell("shop_hourly", before[1], hours(self, true));

        let newest: Vec<(i64, i64)> = self.runs.keys().copied().collect();
        let is_newest = |key: &(i64, i64)| !newest.iter().any(|other| other.0 == key.0 && other.1 > key.1);
        let rows = self.runs.len();
        self.runs.retain(|key, run| is_newest(key) || run.ended_at_ms.is_none_or(|at| at >= others));
        tell("runs", rows, self.runs.len());

        let rows = self.letters.len();
        self.letters.retain(|_, letter| letter.received_at_ms >= letters);
        tell("dead_letters", rows, self.letters.len());
        let rows = self.alerts.len();
        self.alerts.retain(|alert| alert.resolved_at_ms.is_none_or(|at| at >= others));
        tell("alerts", rows, self.alerts.len());
        deleted
    }
}
