//! Days on which the wall clock jumps.

use super::{
    definition::{Shop, by_definition, in_force},
    slots::{FIRST, all_restoring, any_schedules, without_overlaps},
    *,
};
use chrono::TimeDelta;
use compact::SortedMap;
use proptest::prelude::*;

/// What the wall clock shows every `every` minutes for two days, with a jump of `jump` minutes on the first day.
fn clock(every: i64, jump_at: i64, jump: i64) -> Vec<NaiveDateTime> {
    let start = at("2026-03-01 00:00");
    (0..2 * 1_440 / every)
        .map(|count| count * every)
        .map(|minute| start + TimeDelta::minutes(if minute < jump_at { minute } else { minute + jump }))
        .collect()
}

fn ticks_of(schedules: &[Schedule], moments: &[&str]) -> (Vec<String>, usize) {
    let mut shop = Shop::new(money(FIRST));
    let budgets = moments.iter().map(|now| shop.tick(schedules, at(now)).to_string()).collect();
    (budgets, shop.edits.len())
}

#[test]
fn a_slot_that_begins_in_the_gap_is_open_from_the_first_minute_that_exists() {
    let schedules =
        [parsed(&restoring(row_at(1, "02:30-04:00"))), parsed(&with_budget(row_at(2, "02:00-02:30"), "5"))];
    let ticks = ["2026-03-29 01:30", "2026-03-29 03:00", "2026-03-29 03:30", "2026-03-29 04:00"];
    let (budgets, edits) = ticks_of(&schedules, &ticks);
    assert_eq!(budgets, [FIRST, "100.00", "100.00", FIRST]);
    assert_eq!(edits, 2, "a slot within the gap is never open");
}

#[test]
fn an_hour_that_comes_twice_has_its_slots_once() {
    let first = parsed(&restoring(row_at(1, "01:00-01:30")));
    let second = parsed(&restoring(with_budget(row_at(2, "01:30-03:00"), "50")));
    let ticks = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00", "02:30", "03:00"];
    let ticks: Vec<String> = ticks.iter().map(|time| format!("2026-10-25 {time}")).collect();
    let ticks: Vec<&str> = ticks.iter().map(String::as_str).collect();
    let (budgets, edits) = ticks_of(&[first, second], &ticks);
    assert_eq!(budgets, [FIRST, "100.00", "50.00", "50.00", "50.00", "50.00", "50.00", FIRST]);
    assert_eq!(edits, 3);
}

#[test]
fn a_run_lasts_as_long_as_was_asked_for() {
    // In Warsaw at 22:06 UTC+1 in spring and at 00:06 UTC+2 in autumn: the clock jumps during the run.
    for (begins, hours_from_utc, jump) in [("2026-03-28 22:06", 1, 1), ("2026-10-25 00:06", 2, -1)] {
        let schedules = [parsed(&restoring(row_at(1, "13:00-17:00")))];
        let local = at(begins);
        let at_ms = (local - TimeDelta::hours(hours_from_utc)).and_utc().timestamp_millis();
        let now = Clock { local, at_ms };
        let mut memory = CampaignMemory::default();
        let run = Intent::now(&schedules[0], false, &memory, now, None);
        memory.record(&run, &super::plans::success("40"));
        let later = |minutes: i64| {
            let local = local + TimeDelta::minutes(minutes) + TimeDelta::hours(jump);
            let memory = SortedMap::from([(7, memory.clone())]);
            plan(&schedules, &memory, Clock { local, at_ms: at_ms + minutes * 60_000 }).intents
        };
        assert_eq!(later(239), [], "{begins}");
        let back = later(240);
        assert_eq!((back[0].action, back[0].budget), (Action::Restore, money("40")), "{begins}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_gap_changes_nothing_else(
        schedules in any_schedules(), every in 1_i64..45, jump_at in 0_i64..1_440, jump in 1_i64..=120,
    ) {
        let schedules = without_overlaps(schedules);
        let moments = clock(every, jump_at, jump);
        let mut shop = Shop::new(money(FIRST));
        let written: Vec<Money> = moments.iter().map(|now| shop.tick(&schedules, *now)).collect();
        prop_assert_eq!(written, by_definition(&schedules, money(FIRST), &moments));
        prop_assert!(shop.has_no_edit_twice());
    }

    /// Whatever happens in the hour that occurs twice, even with missed ticks and over midnight, no slot is written
    /// twice, and once the clock has caught up, the budget is correct. Most slots here begin near that hour.
    #[test]
    fn after_an_hour_that_came_twice_all_is_as_it_must_be(
        schedules in any_schedules(), starts in prop::collection::vec((0_u16..1_439, 1_u16..60), 9), restores: bool,
        every in 1_i64..45, jump_at in 0_i64..1_440, jump in 1_i64..=120,
        missed in prop::collection::vec(any::<bool>(), 3_000),
    ) {
        let mut schedules = schedules;
        for (schedule, (start, length)) in schedules.iter_mut().zip(starts) {
            let near = (jump_at as u16 + start % 180).saturating_sub(120).min(1_439);
            schedule.start = WallTime::from_minutes(near).unwrap();
            schedule.end = WallTime::from_minutes((near + length).min(1_440)).unwrap();
        }
        let schedules = without_overlaps(if restores { all_restoring(schedules) } else { schedules });
        let mut shop = Shop::new(money(FIRST));
        let mut latest = None;
        let ticks = clock(every, jump_at, -jump).into_iter().zip(missed).filter(|(_, missed)| !missed);
        for (now, _) in ticks {
            let budget = shop.tick(&schedules, now);
            if latest.is_none_or(|latest| latest <= now) {
                latest = Some(now);
                match in_force(&schedules, now) {
                    Some(slot) => prop_assert_eq!(budget, slot.budget(), "at {}", now),
                    None if restores => prop_assert_eq!(budget, money(FIRST), "at {}", now),
                    None => {}
                }
            }
        }
        prop_assert!(shop.has_no_edit_twice(), "{:?}", shop.edits);
    }
}
