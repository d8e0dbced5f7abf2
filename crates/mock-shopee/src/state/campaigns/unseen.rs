//! Edits that reads do not show yet.

use crate::data::campaign::Campaign;
use crate::limits::UNSEEN_EDITS_MAX;
use std::collections::{HashMap, VecDeque};

/// By campaign, oldest first: its settings before such an edit.
#[derive(Clone, Debug, Default)]
pub struct Unseen(HashMap<i64, VecDeque<Before>>);

#[derive(Clone, Debug)]
struct Before {
    /// Unix milliseconds.
    shown_ms: i64,
    budget_cents: i64,
    status: String,
}

impl Unseen {
    /// Stores a campaign that is about to be edited.
    pub fn add(&mut self, before: &Campaign, now_ms: i64, shown_ms: i64) {
        let edits = self.0.entry(before.id).or_default();
        edits.retain(|edit| edit.shown_ms > now_ms);
        if edits.len() >= UNSEEN_EDITS_MAX {
            edits.pop_front();
        }
        let (budget_cents, status) = (before.budget_cents, before.status.clone());
        edits.push_back(Before { shown_ms, budget_cents, status });
    }

    /// Replaces a campaign's current values by the old ones. Edits become visible in order.
    pub fn hide(&self, campaign: &mut Campaign, now_ms: i64) {
        let edits = self.0.get(&campaign.id);
        if let Some(first) = edits.and_then(|edits| edits.iter().find(|edit| edit.shown_ms > now_ms)) {
            campaign.budget_cents = first.budget_cents;
            campaign.status.clone_from(&first.status);
        }
    }

    /// Shows a campaign's current values from now on.
    pub fn forget(&mut self, id: i64) {
        self.0.remove(&id);
    }
}
