//! The slots of an app that are given out: no two nearer than the app's rate allows.

use crate::{ids::ShopId, limits::SLOTS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Slots that are given out and not yet over, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Calendar(Vec<(i64, ShopId)>);

impl Calendar {
    /// Takes the first free slot from `from_ms` to `limit_ms`, with `gap_ms` to its neighbours.
    pub(crate) fn take(&mut self, shop: ShopId, from_ms: i64, limit_ms: i64, gap_ms: i64) -> Option<i64> {
        if self.0.len() >= SLOTS_MAX {
            return None;
        }
        let mut slot = from_ms;
        let first = self.0.partition_point(|(taken, _)| taken.saturating_add(gap_ms) <= from_ms);
        let mut place = first;
        for (taken, _) in self.0.get(first..).unwrap_or_default() {
            if slot.saturating_add(gap_ms) <= *taken {
                break;
            }
            slot = slot.max(taken.saturating_add(gap_ms));
            place += 1;
        }
        if slot > limit_ms {
            return None;
        }
        self.0.insert(place, (slot, shop));
        Some(slot)
    }

    /// Forgets what is over. The last slot stays a little: the next one must keep its distance.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        let over = self.0.partition_point(|(slot, _)| *slot < now_ms).saturating_sub(1);
        self.0.drain(..over);
    }

    /// How many slots a shop holds that are still to come, and the first of them.
    pub(crate) fn held(&self, shop: ShopId, now_ms: i64) -> (usize, Option<i64>) {
        let own = self.0.iter().filter(|(slot, holder)| *holder == shop && *slot >= now_ms);
        let mut own = own.map(|(slot, _)| *slot);
        let first = own.next();
        (own.count() + usize::from(first.is_some()), first)
    }

    /// How many shops hold slots.
    pub(crate) fn shops(&self) -> usize {
        self.holders().len()
    }

    /// The shops that hold slots.
    pub(crate) fn holders(&self) -> Vec<ShopId> {
        let shops: BTreeSet<ShopId> = self.0.iter().map(|(_, shop)| *shop).collect();
        shops.into_iter().collect()
    }

    /// Voids every slot; answers with the shops that held one.
    pub(crate) fn clear(&mut self) -> Vec<ShopId> {
        let shops = self.holders();
        self.0.clear();
        shops
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slots_keep_their_distance(
            asks in proptest::collection::vec((0i64..5_000, 0i64..40_000, 0i64..5), 1..200), gap in 1i64..1_500,
        ) {
            let mut calendar = Calendar::default();
            let mut taken = Vec::new();
            for (from, ahead, shop) in asks {
                if let Some(slot) = calendar.take(ShopId(shop), from, from + ahead, gap) {
                    prop_assert!((from..=from + ahead).contains(&slot));
                    taken.push(slot);
                }
            }
            taken.sort_unstable();
            prop_assert!(taken.windows(2).all(|pair| pair[1] - pair[0] >= gap));
            prop_assert_eq!(taken, calendar.0.iter().map(|(slot, _)| *slot).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_gap_between_two_slots_is_used() {
        let mut calendar = Calendar::default();
        for from in [0, 1_000] {
            calendar.take(ShopId(1), from, from, 500);
        }
        assert_eq!(calendar.take(ShopId(2), 0, 10_000, 500), Some(500));
        assert_eq!(calendar.take(ShopId(2), 0, 10_000, 500), Some(1_500));
    }
}
