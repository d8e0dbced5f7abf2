//! The app's accepted edits of campaigns.

use crate::data::campaign::Campaign;
use crate::data::counters::major;
use crate::limits::EDITS_MAX;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet, VecDeque};

/// What an edit does (Shopee: `edit_action` of v2.ads.edit_manual_product_ads). The fake has only these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditAction {
    /// Sets the daily budget.
    ChangeBudget,
    /// Pauses an ongoing campaign.
    Pause,
    /// Resumes a paused one.
    Resume,
    /// Starts a scheduled one early.
    Start,
    /// Ends a campaign.
    Stop,
}

impl EditAction {
    /// The status afterwards; `None` if a campaign of this status does not allow the edit. Shopee publishes no such table: this
    /// one is inferred from its terms.
    pub fn status_after(self, status: &str) -> Option<&'static str> {
        match (self, status) {
            (Self::ChangeBudget, "ongoing") => Some("ongoing"),
            (Self::ChangeBudget, "paused") => Some("paused"),
            (Self::ChangeBudget, "scheduled") => Some("scheduled"),
            (Self::Pause, "ongoing") => Some("paused"),
            (Self::Resume, "paused") | (Self::Start, "scheduled") => Some("ongoing"),
            (Self::Stop, "ongoing" | "paused" | "scheduled") => Some("ended"),
            _ => None,
        }
    }
}

/// An accepted edit, even if the caller never got the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edit {
    /// The shop.
    pub shop: u64,
    /// Its campaign.
    pub campaign_id: i64,
    /// The path after `/api/v2/`.
    pub endpoint: &'static str,
    /// What was done.
    pub action: EditAction,
    /// The caller's id of the edit, unique within the shop.
    pub reference_id: String,
    /// The campaign before.
    pub old: EditedSetting,
    /// The campaign afterwards.
    pub new: EditedSetting,
    /// When it was done, in unix milliseconds.
    pub at_ms: i64,
}

/// What edits change about a campaign.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditedSetting {
    /// A day's budget in major units of the shop's currency; 0 = unlimited.
    pub budget: f64,
    /// ongoing, paused, scheduled or ended.
    pub status: String,
}

impl From<Campaign> for EditedSetting {
    fn from(campaign: Campaign) -> Self {
        Self { budget: major(campaign.budget_cents), status: campaign.status }
    }
}

/// The last edits, oldest first, and their used reference ids.
#[derive(Default)]
pub struct Edits {
    history: VecDeque<Edit>,
    reference_ids: HashMap<u64, HashSet<String>>,
}

impl Edits {
    /// Whether an edit of the shop has used this reference id.
    pub fn has(&self, shop: u64, reference_id: &str) -> bool {
        self.reference_ids.get(&shop).is_some_and(|ids| ids.contains(reference_id))
    }

    /// Records an edit.
    pub fn add(&mut self, edit: Edit) {
        if self.history.len() >= EDITS_MAX
            && let Some(oldest) = self.history.pop_front()
            && let Some(ids) = self.reference_ids.get_mut(&oldest.shop)
        {
            ids.remove(&oldest.reference_id);
        }
        self.reference_ids.entry(edit.shop).or_default().insert(edit.reference_id.clone());
        self.history.push_back(edit);
    }

    /// Uses up a reference id, as an edit would.
    pub fn use_up(&mut self, shop: u64, reference_id: String) {
        self.reference_ids.entry(shop).or_default().insert(reference_id);
    }

    /// The edits of a shop.
    pub fn of(&self, shop: u64) -> Vec<Edit> {
        self.history.iter().filter(|edit| edit.shop == shop).cloned().collect()
    }

    /// Deletes the edits of a shop that is replaced.
    pub fn forget(&mut self, shop: u64) {
        self.reference_ids.remove(&shop);
        self.history.retain(|edit| edit.shop != shop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut edits = Edits::default();
        let setting = EditedSetting { budget: 0.0, status: "ongoing".into() };
        for number in 0..=EDITS_MAX {
            edits.add(Edit {
                shop: 1,
                campaign_id: 2,
                endpoint: "",
                action: EditAction::ChangeBudget,
                reference_id: number.to_string(),
                old: setting.clone(),
                new: setting.clone(),
                at_ms: 0,
            });
        }
        assert_eq!(edits.of(1).len(), EDITS_MAX);
        assert_eq!((edits.has(1, "0"), edits.has(1, "1"), edits.has(2, "1")), (false, true, false));
    }
}
