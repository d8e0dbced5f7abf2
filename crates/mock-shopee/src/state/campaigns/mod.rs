//! The current campaigns of a shop.

mod totals;
mod unseen;

use crate::data::ShopKey;
use crate::data::calendar::Day;
use crate::data::campaign::{self, Campaign};
use crate::data::counters::Counters;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use unseen::Unseen;

/// What the control API and edits may change about a campaign. `None` = as created.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// New name.
    pub name: Option<String>,
    /// New budget, in cents.
    pub budget_cents: Option<i64>,
    /// New status.
    pub status: Option<String>,
}

/// The campaigns of a shop: the ids that are listed, and the changes made to some of them. Everything else is computed.
#[derive(Clone, Debug)]
pub struct Campaigns {
    /// What determines the data.
    pub key: ShopKey,
    made: u32,
    listed: Vec<i64>,
    members: HashSet<i64>,
    deleted: HashSet<i64>,
    changes: HashMap<i64, Change>,
    unseen: Unseen,
    totals: Arc<Mutex<HashMap<Day, Counters>>>,
}

impl Campaigns {
    /// A shop with `count` campaigns.
    pub fn new(key: ShopKey, count: u32) -> Self {
        let listed: Vec<_> = (0..count).map(|index| campaign::id(&key, index)).collect();
        let members = listed.iter().copied().collect();
        let (changes, unseen) = (HashMap::new(), Unseen::default());
        let (deleted, totals) = (HashSet::new(), Arc::default());
        Self { key, made: count, listed, members, deleted, changes, unseen, totals }
    }

    /// The ids in list order: by creation, unless some were put in front.
    pub fn listed(&self) -> &[i64] {
        &self.listed
    }

    /// How many were ever created.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Whether the shop has this campaign.
    pub fn has(&self, id: i64) -> bool {
        self.members.contains(&id)
    }

    /// The current state of a campaign.
    pub fn read(&self, id: i64) -> Campaign {
        let mut campaign = campaign::read(&self.key, id);
        if let Some(change) = self.changes.get(&id) {
            campaign.name = change.name.clone().unwrap_or(campaign.name);
            campaign.budget_cents = change.budget_cents.unwrap_or(campaign.budget_cents);
            campaign.status = change.status.clone().unwrap_or(campaign.status);
        }
        campaign
    }

    /// A campaign as the platform's reads show it at this time: edits may become visible later.
    pub fn shown(&self, id: i64, now_ms: i64) -> Campaign {
        let mut campaign = self.read(id);
        self.unseen.hide(&mut campaign, now_ms);
        campaign
    }

    /// Creates more campaigns, at the end of the list. Returns their ids.
    pub fn add(&mut self, count: u32) -> Vec<i64> {
        let ids: Vec<_> =
            (self.made..self.made + count).map(|index| campaign::id(&self.key, index)).collect();
        self.made += count;
        self.listed.extend(&ids);
        self.members.extend(&ids);
        // Their figures count in the shop's totals from now on.
        self.totals = Arc::default();
        ids
    }

    /// Creates one campaign, at the front of the list.
    pub fn add_in_front(&mut self) {
        if self.made < crate::limits::CAMPAIGNS_MAX {
            self.add(1);
            self.listed.rotate_right(1);
        }
    }

    /// Deletes campaigns from the list. Their figures stay in the shop's totals.
    pub fn delete(&mut self, ids: &[i64]) {
        for id in ids {
            if self.members.remove(id) {
                self.deleted.insert(*id);
            }
            self.changes.remove(id);
            self.unseen.forget(*id);
        }
        self.listed.retain(|id| self.members.contains(id));
    }

    /// The campaign was deleted.
    pub fn was_deleted(&self, id: i64) -> bool {
        self.deleted.contains(&id)
    }

    /// Restores deleted campaigns, at the end of the list.
    pub fn restore(&mut self, ids: &[i64]) {
        for id in ids {
            if self.deleted.remove(id) && self.members.insert(*id) {
                self.listed.push(*id);
            }
        }
    }

    /// Deletes the first campaign of the list.
    pub fn delete_first(&mut self) {
        if let Some(first) = self.listed.first().copied() {
            self.delete(&[first]);
        }
    }

    /// Changes a campaign as its seller, which reads show at once; what is not given is kept.
    pub fn change(&mut self, id: i64, change: Change) {
        self.unseen.forget(id);
        self.apply(id, change);
    }

    /// Changes a campaign on the app's behalf: reads show its old values before `shown_ms`.
    pub fn edit(&mut self, id: i64, change: Change, now_ms: i64, shown_ms: i64) {
        if shown_ms > now_ms {
            self.unseen.add(&self.read(id), now_ms, shown_ms);
        }
        self.apply(id, change);
    }

    fn apply(&mut self, id: i64, change: Change) {
        let kept = self.changes.entry(id).or_default();
        kept.name = change.name.or(kept.name.take());
        kept.budget_cents = change.budget_cents.or(kept.budget_cents);
        kept.status = change.status.or(kept.status.take());
    }
}
