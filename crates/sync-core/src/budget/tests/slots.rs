//! For any schedules and any ticks, what is written follows the definition.

use super::{
    definition::{Shop, by_definition, in_force},
    overlaps::any_schedule,
    *,
};
use chrono::TimeDelta;
use proptest::{prelude::*, sample::Index};

pub(super) const FIRST: &str = "777.77";

pub(super) fn any_schedules() -> impl Strategy<Value = Vec<Schedule>> {
    (1_usize..9).prop_flat_map(|count| (0..count).map(any_schedule).collect::<Vec<_>>())
}

/// Drops schedules that overlap an earlier one, as creation does.
pub(super) fn without_overlaps(schedules: Vec<Schedule>) -> Vec<Schedule> {
    let mut kept: Vec<Schedule> = Vec::new();
    for schedule in schedules {
        if first_overlap(&schedule, &kept, day("2026-02-01")).is_none() {
            kept.push(schedule);
        }
    }
    kept
}

pub(super) fn all_restoring(mut schedules: Vec<Schedule>) -> Vec<Schedule> {
    schedules.iter_mut().for_each(|schedule| schedule.restore = true);
    schedules
}

/// Ticks for five days at a fixed interval, some missed, some twice.
fn any_ticks() -> impl Strategy<Value = Vec<NaiveDateTime>> {
    let faults = prop::collection::vec((any::<Index>(), any::<bool>()), 0..150);
    (1_i64..60, faults).prop_map(|(every, faults)| {
        let start = at("2026-03-01 00:00");
        let mut ticks: Vec<_> =
            (0..5 * 1_440 / every).map(|count| start + TimeDelta::minutes(count * every)).collect();
        for (place, is_missed) in faults {
            let place = place.index(ticks.len());
            if is_missed && ticks.len() > 1 {
                ticks.remove(place);
            } else {
                ticks.insert(place, ticks[place]);
            }
        }
        ticks
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_is_what_the_definition_gives(schedules in any_schedules(), ticks in any_ticks()) {
        let schedules = without_overlaps(schedules);
        let mut shop = Shop::new(money(FIRST));
        let written: Vec<Money> = ticks.iter().map(|now| shop.tick(&schedules, *now)).collect();
        let wanted = by_definition(&schedules, money(FIRST), &ticks);
        for (place, now) in ticks.iter().enumerate() {
            prop_assert_eq!(written[place], wanted[place], "at {}", now);
        }
        prop_assert!(shop.has_no_edit_twice(), "{:?}", shop.edits);
    }

    /// With overlapping older rows too, each tick leaves the budget of the slot in force, or the first budget.
    #[test]
    fn overlapping_rows_have_one_budget_at_a_time(schedules in any_schedules(), ticks in any_ticks()) {
        let schedules = all_restoring(schedules);
        let mut shop = Shop::new(money(FIRST));
        for now in ticks {
            let best = in_force(&schedules, now);
            let wanted = best.map_or(money(FIRST), Schedule::budget);
            prop_assert_eq!(shop.tick(&schedules, now), wanted, "at {}", now);
            // Two cells of the older page do not clash: the earlier one ends where the later begins.
            let clashes = |other: &&Schedule| {
                other.is_open(now) && best.is_some_and(|best| best != *other && !gives_way(other, best))
            };
            let clashing = schedules.iter().filter(clashes).count();
            prop_assert_eq!(plan(&schedules, &shop.memory, clock(now)).clashes.len(), clashing);
        }
        prop_assert!(shop.has_no_edit_twice(), "{:?}", shop.edits);
    }

    /// A tick on time and one after missed ticks leave the same budget while a slot is open; if all restore, always.
    #[test]
    fn caught_up_is_on_time(schedules in any_schedules(), ticks in any_ticks(), restores: bool) {
        let schedules = without_overlaps(if restores { all_restoring(schedules) } else { schedules });
        let (mut on_time, mut late) = (Shop::new(money(FIRST)), Shop::new(money(FIRST)));
        let mut minute = ticks[0];
        for now in ticks {
            while minute <= now {
                on_time.tick(&schedules, minute);
                minute += TimeDelta::minutes(1);
            }
            let caught_up = late.tick(&schedules, now);
            if restores || in_force(&schedules, now).is_some() {
                prop_assert_eq!(caught_up, on_time.budget, "at {}", now);
            }
        }
    }

    /// Neither the order of the rows nor other campaigns make a difference.
    #[test]
    fn a_plan_has_one_order(schedules in any_schedules(), minute in 0_i64..7_200) {
        let now = at("2026-03-01 00:00") + TimeDelta::minutes(minute);
        let mut spread = schedules;
        for (place, schedule) in spread.iter_mut().enumerate() {
            schedule.campaign_id = [3, 7, 5][place % 3];
        }
        let memory = compact::SortedMap::new();
        let ordered = plan(&spread, &memory, clock(now));
        spread.reverse();
        prop_assert_eq!(&ordered, &plan(&spread, &memory, clock(now)));
        prop_assert!(ordered.intents.windows(2).all(|pair| pair[0].campaign_id < pair[1].campaign_id));
    }
}
