//! Alerts and dead letters.

use super::{Model, Values};
use serde_json::{Value, json};

/// A dead letter.
#[derive(Clone, Debug)]
pub struct Letter {
    pub id: String,
    pub queue: String,
    pub body: String,
    pub reason: String,
    pub received_at_ms: i64,
    pub replayed_at_ms: Option<i64>,
}

impl Model {
    pub(super) fn raise(&mut self, v: &Values<'_>) -> Value {
        self.alerts.insert((v.text(0).to_owned(), v.opt_long(1))).into()
    }

    pub(super) fn resolve(&mut self, v: &Values<'_>) -> Value {
        self.alerts.remove(&(v.text(0).to_owned(), v.opt_long(1))).into()
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
        };
        self.letters.insert(v.text(1).to_owned(), letter);
        1.into()
    }

    pub(super) fn get_letter(&self, v: &Values<'_>) -> Vec<String> {
        let found = self.letters.iter().find(|(_, letter)| letter.id == v.text(0));
        let row = found.map(|(message_id, letter)| {
            json!({ "id": letter.id, "queue": letter.queue, "message_id": message_id, "body": letter.body,
                    "reason": letter.reason, "received_at_ms": letter.received_at_ms,
                    "replayed_at_ms": letter.replayed_at_ms, "replayed_by": null })
            .to_string()
        });
        row.into_iter().collect()
    }

    pub(super) fn mark_replayed(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let letter = self
            .letters
            .values_mut()
            .find(|letter| letter.id == v.text(0) && letter.replayed_at_ms.is_none());
        letter.map(|letter| letter.replayed_at_ms = Some(now_ms)).is_some().into()
    }

    pub(super) fn unmark_replayed(&mut self, v: &Values<'_>) -> Value {
        if let Some(letter) = self.letters.values_mut().find(|letter| letter.id == v.text(0)) {
            letter.replayed_at_ms = None;
        }
        true.into()
    }
}
