//! The slots that an app has given out, spaced as its rate requires.

use crate::{ids::ShopId, limits::SLOTS_MAX};
use compact::SortedSet;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Slots and the shops that hold them, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SlotCalendar(Vec<(i64, ShopId)>);

impl SlotCalendar {
    /// The first time from `from_ms` to `limit_ms` that is at least `gap_ms` away from every slot.
    pub(crate) fn free(&self, from_ms: i64, limit_ms: i64, gap_ms: i64) -> Option<i64> {
        let mut slot = from_ms;
        let first = self.0.partition_point(|(taken, _)| taken.saturating_add(gap_ms) <= from_ms);
        for (taken, _) in self.0.get(first..).unwrap_or_default() {
            if slot.saturating_add(gap_ms) <= *taken {
                break;
            }
            slot = slot.max(taken.saturating_add(gap_ms));
        }
        Some(slot).filter(|slot| *slot <= limit_ms)
    }

    /// Adds the slots of another calendar.
    pub(crate) fn join(&mut self, other: &Self) {
        self.0.extend(&other.0);
        self.0.sort();
    }

    /// Whether there are no slots.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the calendar takes no more slots.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= SLOTS_MAX
    }

    /// Adds slots for a shop.
    pub(crate) fn add(&mut self, shop: ShopId, slots: &[i64]) {
        self.0.extend(slots.iter().map(|slot| (*slot, shop)));
        self.0.sort();
    }

    /// Removes and returns a shop's slots within a time range.
    pub(crate) fn remove(&mut self, shop: ShopId, time_ms: RangeInclusive<i64>) -> Vec<i64> {
        let own = self.0.extract_if(.., |(slot, holder)| *holder == shop && time_ms.contains(slot));
        own.map(|(slot, _)| slot).collect()
    }

    /// Moves slots that are too close to another calendar's slots behind them, keeping their order.
    pub(crate) fn give_way(&mut self, other: &Self, gap_ms: i64) {
        let mut moved = Self::default();
        for (slot, shop) in self.0.drain(..) {
            let after = moved.0.last().map_or(slot, |(last, _)| slot.max(last.saturating_add(gap_ms)));
            let free = other.free(after, i64::MAX, gap_ms).unwrap_or(after);
            moved.0.push((free, shop));
        }
        *self = moved;
    }

    /// Drops past slots except the last one, from which the next slot must keep its distance.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        let over = self.0.partition_point(|(slot, _)| *slot < now_ms).saturating_sub(1);
        self.0.drain(..over);
    }

    /// Drops all past slots.
    pub(crate) fn drop_until(&mut self, now_ms: i64) {
        self.0.retain(|(slot, _)| *slot >= now_ms);
    }

    /// How many future slots a shop holds, and the first of them.
    pub(crate) fn held(&self, shop: ShopId, now_ms: i64) -> (usize, Option<i64>) {
        let own = self.0.iter().filter(|(slot, holder)| *holder == shop && *slot >= now_ms);
        let mut own = own.map(|(slot, _)| *slot);
        let first = own.next();
        (own.count() + usize::from(first.is_some()), first)
    }

    /// The shops that hold slots.
    pub(crate) fn holders(&self) -> SortedSet<ShopId> {
        self.0.iter().map(|(_, shop)| *shop).collect()
    }

    /// Voids every slot. Returns the shops that held one.
    pub(crate) fn clear(&mut self) -> Vec<ShopId> {
        let shops = self.holders();
        self.0.clear();
        shops.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take(calendar: &mut SlotCalendar, shop: i64, from_ms: i64, limit_ms: i64, gap_ms: i64) -> Option<i64> {
        let slot = calendar.free(from_ms, limit_ms, gap_ms)?;
        calendar.add(ShopId(shop), &[slot]);
        Some(slot)
    }

    fn slots(calendar: &SlotCalendar) -> Vec<i64> {
        calendar.0.iter().map(|(slot, _)| *slot).collect()
    }

    proptest! {
        #[test]
        fn slots_keep_their_distance(
            asks in proptest::collection::vec((0i64..5_000, 0i64..40_000, 0i64..5), 1..200), gap in 1i64..1_500,
        ) {
            let mut calendar = SlotCalendar::default();
            let mut taken = Vec::new();
            for (from, ahead, shop) in asks {
                if let Some(slot) = take(&mut calendar, shop, from, from + ahead, gap) {
                    prop_assert!((from..=from + ahead).contains(&slot));
                    taken.push(slot);
                }
            }
            taken.sort_unstable();
            prop_assert!(taken.windows(2).all(|pair| pair[1] - pair[0] >= gap));
            prop_assert_eq!(taken, slots(&calendar));
        }

        #[test]
        fn those_that_give_way_keep_their_order_and_every_distance(
            turns in proptest::collection::vec((0i64..20_000, 0i64..5), 1..60),
            firsts in proptest::collection::vec(0i64..20_000, 1..20), gap in 1i64..1_500,
        ) {
            let (mut later, mut given) = (SlotCalendar::default(), SlotCalendar::default());
            for (from, shop) in turns {
                take(&mut later, shop, from, i64::MAX, gap);
            }
            let before: Vec<ShopId> = later.0.iter().map(|(_, shop)| *shop).collect();
            let was = slots(&later);
            for from in firsts {
                take(&mut given, 9, from, i64::MAX, gap);
                later.give_way(&given, gap);
            }
            let mut all = [slots(&later), slots(&given)].concat();
            all.sort_unstable();
            prop_assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= gap), "{all:?}");
            prop_assert!(slots(&later).iter().zip(&was).all(|(now, was)| now >= was), "nobody comes sooner");
            prop_assert_eq!(later.0.iter().map(|(_, shop)| *shop).collect::<Vec<_>>(), before);
        }
    }

    #[test]
    fn a_gap_between_two_slots_is_used() {
        let mut calendar = SlotCalendar::default();
        for from in [0, 1_000] {
            take(&mut calendar, 1, from, from, 500);
        }
        assert_eq!(take(&mut calendar, 2, 0, 10_000, 500), Some(500));
        assert_eq!(take(&mut calendar, 2, 0, 10_000, 500), Some(1_500));
    }
}
