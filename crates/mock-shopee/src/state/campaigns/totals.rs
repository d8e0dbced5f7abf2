//! The totals of a whole shop.

use super::Campaigns;
use crate::data::calendar::Day;
use crate::data::campaign;
use crate::data::counters::Counters;
use crate::data::traffic::{self, UNLISTED};
use crate::limits::TOTALS_DAYS_MAX;
use std::sync::PoisonError;

impl Campaigns {
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

    /// The whole shop's sum of a day. Cached, since summing a large shop's month takes seconds.
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

    /// Every campaign ever created, and the unlisted one.
    fn ever(&self) -> impl Iterator<Item = i64> {
        (0..self.made).map(|index| campaign::id(&self.key, index)).chain([UNLISTED])
    }
}
