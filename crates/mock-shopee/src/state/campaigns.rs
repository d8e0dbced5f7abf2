//! Which campaigns a shop has at the moment.

use crate::data::ShopKey;
use crate::data::calendar::Day;
use crate::data::campaign::{self, Campaign};
use crate::data::counters::Counters;
use crate::data::traffic::{self, UNLISTED};
use crate::limits::TOTALS_DAYS_MAX;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What the control API may change about a campaign. `None` = as made.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// New name.
    pub name: Option<String>,
    /// New budget, in cents.
    pub budget_cents: Option<i64>,
    /// New status.
    pub status: Option<String>,
}

/// The campaigns of a shop: the ids that are listed, and the changes made to some of them. All else is computed.
#[derive(Clone, Debug)]
pub struct Campaigns {
    /// What the data follow from.
    pub key: ShopKey,
    made: u32,
    listed: Vec<i64>,
    members: HashSet<i64>,
    changes: HashMap<i64, Change>,
    totals: Arc<Mutex<HashMap<Day, Counters>>>,
}

impl Campaigns {
    /// A shop with so many campaigns.
    pub fn new(key: ShopKey, count: u32) -> Self {
        let listed: Vec<_> = (0..count).map(|index| campaign::id(&key, index)).collect();
        let members = listed.iter().copied().collect();
        Self { key, made: count, listed, members, changes: HashMap::new(), totals: Arc::default() }
    }

    /// The ids in the order of the list: as made, unless some were put in front.
    pub fn listed(&self) -> &[i64] {
        &self.listed
    }

    /// How many were ever made.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Whether the shop has this campaign.
    pub fn has(&self, id: i64) -> bool {
        self.members.contains(&id)
    }

    /// A campaign as it is now.
    pub fn read(&self, id: i64) -> Campaign {
        let mut campaign = campaign::read(&self.key, id);
        if let Some(change) = self.changes.get(&id) {
            campaign.name = change.name.clone().unwrap_or(campaign.name);
            campaign.budget_cents = change.budget_cents.unwrap_or(campaign.budget_cents);
            campaign.status = change.status.clone().unwrap_or(campaign.status);
        }
        campaign
    }

    /// Makes more campaigns, at the end of the list. Returns their ids.
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

    /// Makes one campaign, at the front of the list.
    pub fn add_in_front(&mut self) {
        if self.made < crate::limits::CAMPAIGNS_MAX {
            self.add(1);
            self.listed.rotate_right(1);
        }
    }

    /// Takes campaigns out of the list. What they cost stays in the shop's totals.
    pub fn delete(&mut self, ids: &[i64]) {
        for id in ids {
            self.members.remove(id);
            self.changes.remove(id);
        }
        self.listed.retain(|id| self.members.contains(id));
    }

    /// Takes the first of the list out of it.
    pub fn delete_first(&mut self) {
        if let Some(first) = self.listed.first().copied() {
            self.delete(&[first]);
        }
    }

    /// Changes a campaign; what is not given stays.
    pub fn change(&mut self, id: i64, change: Change) {
        let kept = self.changes.entry(id).or_default();
        kept.name = change.name.or(kept.name.take());
        kept.budget_cents = change.budget_cents.or(kept.budget_cents);
        kept.status = change.status.or(kept.status.take());
    }

    /// The whole shop's hours of a day that have begun, those without traffic included.
    pub fn shop_hours(&self, day: Day) -> Vec<(u32, Counters)> {
        let mut hours = [Counters::default(); 24];
        for id in self.ever() {
            for (sum, hour) in hours.iter_mut().zip(traffic::hours(&self.key, id, day).iter().flatten()) {
                *sum += hour;
            }
        }
        day.hours().map(|hour| (hour, hours[hour as usize])).collect()
    }

    /// The whole shop's sum of a day. Kept, since summing a large shop's month takes seconds.
    pub fn shop_day(&self, day: Day) -> Counters {
        let kept = || self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(total) = kept().get(&day) {
            return *total;
        }
        let total = Counters::sum(self.shop_hours(day).iter().map(|(_, counters)| counters));
        let mut totals = kept();
        if totals.len() >= TOTALS_DAYS_MAX {
            totals.clear();
        }
        totals.insert(day, total);
        total
    }

    /// Every campaign ever made, and the one that is not listed.
    fn ever(&self) -> impl Iterator<Item = i64> {
        (0..self.made).map(|index| campaign::id(&self.key, index)).chain([UNLISTED])
    }
}
