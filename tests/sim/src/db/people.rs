//! Alerts, dead letters, the audit log.

use super::{Model, Values};
use serde_json::{Value, json};

/// An alert.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct Alert {
    pub kind: String,
    pub shop_id: Option<i64>,
    pub severity: String,
    pub text: String,
    pub first_seen_at_ms: i64,
    pub last_seen_at_ms: i64,
    pub seen_count: i64,
    pub resolved_at_ms: Option<i64>,
}

/// A dead letter.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct Letter {
    pub id: String,
    pub queue: String,
    pub body: String,
    pub reason: String,
    pub received_at_ms: i64,
    pub replayed_at_ms: Option<i64>,
    pub replayed_by: Option<String>,
}

impl Model {
    fn open_alert(&mut self, kind: &str, shop_id: Option<i64>) -> Option<&mut Alert> {
        self.alerts.iter_mut().find(|alert| {
            alert.kind == kind
                && alert.shop_id.unwrap_or(0) == shop_id.unwrap_or(0)
                && alert.resolved_at_ms.is_none()
        })
    }

    pub(super) fn raise(&mut self, v: &Values<'_>) -> Value {
        self.raised(v.text(0), v.opt_long(1), v.text(2), v.text(3)).into()
    }

    fn raised(&mut self, kind: &str, shop_id: Option<i64>, severity: &str, text: &str) -> bool {
        let now_ms = self.now_ms;
        if let Some(alert) = self.open_alert(kind, shop_id) {
            (alert.severity, alert.text) = (severity.to_owned(), text.to_owned());
            (alert.last_seen_at_ms, alert.seen_count) = (now_ms, alert.seen_count + 1);
            return false;
        }
        self.alerts.push(Alert {
            kind: kind.to_owned(),
            shop_id,
            severity: severity.to_owned(),
            text: text.to_owned(),
            first_seen_at_ms: now_ms,
            last_seen_at_ms: now_ms,
            seen_count: 1,
            resolved_at_ms: None,
        });
        true
    }

    pub(super) fn resolve(&mut self, v: &Values<'_>) -> Value {
        self.resolved(v.text(0), v.opt_long(1)).into()
    }

    fn resolved(&mut self, kind: &str, shop_id: Option<i64>) -> bool {
        let now_ms = self.now_ms;
        self.open_alert(kind, shop_id).map(|alert| alert.resolved_at_ms = Some(now_ms)).is_some()
    }

    pub(super) fn settle(&mut self, v: &Values<'_>) -> Value {
        let shop_id = Some(v.long(0));
        for told in v.json::<Vec<Value>>(1) {
            let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
            if told["text"].is_null() {
                self.resolved(&text("kind"), shop_id);
            } else {
                self.raised(&text("kind"), shop_id, &text("severity"), &text("text"));
            }
        }
        true.into()
    }

    pub(super) fn report_drift(&mut self, v: &Values<'_>) -> Vec<String> {
        let (shop_id, generation, now_ms) = (v.long(0), v.long(1), self.now_ms);
        let mut new = Vec::new();
        for met in v.json::<Vec<Value>>(2) {
            let same =
                |old: &Value| ["endpoint", "field", "problem"].iter().all(|name| old[name] == met[name]);
            if !self.drift.iter().any(same) {
                new.push(met.to_string());
                let mut row = met;
                row["shop_id"] = shop_id.into();
                row["generation"] = generation.into();
                row["at_ms"] = now_ms.into();
                self.drift.push(row);
            }
        }
        new
    }

    pub(super) fn record_audit(&mut self, v: &Values<'_>) -> Value {
        let entry = json!({ "actor": v.text(0), "action": v.text(1), "shop_id": v.opt_long(2),
                            "subject": v.opt_text(3), "before": v.json::<Value>(4), "after": v.json::<Value>(5),
                            "at_ms": self.now_ms });
        self.audits.push(entry);
        true.into()
    }

    pub(super) fn keep_letter(&mut self, v: &Values<'_>) -> Value {
        if self.letters.contains_key(v.text(1)) {
            return 0.into();
        }
        let letter = Letter {
            id: self.fresh_id(),
            queue: v.text(0).to_owned(),
            body: v.text(2).to_owned(),
            reason: v.text(3).to_owned(),
            received_at_ms: self.now_ms,
            replayed_at_ms: None,
            replayed_by: None,
        };
        self.letters.insert(v.text(1).to_owned(), letter);
        if let Some(id) = v.opt_text(4) {
            self.free_claim(id, v.opt_long(5).unwrap_or(0), v.text(3));
        }
        1.into()
    }

    pub(super) fn settle_letters(&mut self, v: &Values<'_>) -> Value {
        let [start, chunks, budgets] = [1, 2, 3].map(|n| v.text(n));
        let is_open = |letter: &Letter| {
            let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
            let (shop, generation) = (body["shop_id"].as_i64(), body["generation"].as_i64());
            match (body["job_id"].as_str(), generation, shop) {
                (Some(id), ..) if letter.queue == start => {
                    self.jobs.get(id).is_some_and(super::queue::Job::is_open)
                }
                (_, Some(generation), Some(shop)) if letter.queue == chunks => {
                    self.runs.get(&(shop, generation)).is_some_and(|run| run.status == "running")
                }
                (.., Some(shop)) if letter.queue == budgets => {
                    let looked_ms = self.budgets.leases.get(&shop).and_then(|lease| lease.looked_at_ms);
                    looked_ms.is_none_or(|at| at <= letter.received_at_ms)
                        && self
                            .budgets
                            .schedules
                            .values()
                            .any(|row| row.shop_id == shop && row.is_active == Some(true))
                }
                _ => true,
            }
        };
        let open = self.letters.values().any(|letter| letter.replayed_at_ms.is_none() && is_open(letter));
        (!open && self.resolved(v.text(0), None)).into()
    }

    pub(super) fn get_letter(&self, v: &Values<'_>) -> Vec<String> {
        let found = self.letters.iter().find(|(_, letter)| letter.id == v.text(0));
        found
            .map(|(message_id, letter)| super::dump::letter(message_id, letter).to_string())
            .into_iter()
            .collect()
    }

    pub(super) fn mark_replayed(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let unmarked = |letter: &&mut Letter| letter.id == v.text(0) && letter.replayed_at_ms.is_none();
        let letter = self.letters.values_mut().find(unmarked);
        letter
            .map(|letter| {
                letter.replayed_at_ms = Some(now_ms);
                letter.replayed_by = v.opt_text(1).map(str::to_owned);
            })
            .is_some()
            .into()
    }

    pub(super) fn unmark_replayed(&mut self, v: &Values<'_>) -> Value {
        if let Some(letter) = self.letters.values_mut().find(|letter| letter.id == v.text(0)) {
            (letter.replayed_at_ms, letter.replayed_by) = (None, None);
        }
        true.into()
    }
}
