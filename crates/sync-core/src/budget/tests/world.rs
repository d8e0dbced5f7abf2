//! Slots, writes and memory together against a failing platform: no slot has two effects at one end, outcomes are true,
//! and the first budget comes back.

use super::{
    platform::{Platform, any_fate},
    *,
};
use compact::SortedMap;
use proptest::prelude::*;

/// How long reads after an edit are repeated before they are believed, in milliseconds.
const BELIEVED_MS: i64 = 7_000;
const _: () = assert!(crate::BUDGET_READ_BACKS_MAX == 3 && crate::READ_BACK_WAIT_MS * 7 == BELIEVED_MS);

/// One tick of the campaign; returns the intent and the outcome.
fn tick(
    platform: &mut Platform,
    schedules: &[Schedule],
    memory: &mut SortedMap<i64, CampaignMemory>,
    now: &str,
) -> Option<(Intent, WriteOutcome)> {
    platform.now_ms += 30 * 60 * 1_000;
    let intent = plan(schedules, memory, clock(at(&format!("2026-03-01 {now}")))).intents.pop()?;
    let mut of_campaign = memory.remove(&7).unwrap_or_default();
    let outcome = platform.play(&intent, &mut of_campaign);
    of_campaign.record(&intent, &outcome);
    memory.insert(7, of_campaign);
    Some((intent, outcome))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_slot_is_written_twice_and_what_is_told_is_true(
        lag_ms in 0_i64..20_000, knows_duplicates: bool, first in prop_oneof![Just("40"), Just("100"), Just("200")],
        fates in prop::collection::vec(any_fate(), 0..12), reads in prop::collection::vec(prop::bool::weighted(0.7), 0..40),
    ) {
        // Without the platform's own guard, only edits that show within the time of repeated reads are safe.
        let lag_ms = if knows_duplicates { lag_ms } else { lag_ms % BELIEVED_MS };
        let schedules = [
            parsed(&restoring(row_at(1, "08:00-10:00"))),
            parsed(&restoring(with_budget(row_at(2, "10:00-12:00"), "200"))),
        ];
        let mut platform = Platform::new(money(first), lag_ms, knows_duplicates, fates, reads);
        let mut memory = SortedMap::new();
        for now in ["08:00", "08:30", "09:00", "09:30", "10:00", "10:30", "11:00"] {
            let before = platform.budget;
            let Some((intent, outcome)) = tick(&mut platform, &schedules, &mut memory, now) else { continue };
            let has_changed = platform.budget != before;
            prop_assert!(!outcome.is_in_force() || platform.budget == intent.budget, "{:?}", outcome);
            prop_assert!(outcome.may_have_changed || !has_changed, "{:?}", outcome);
            if outcome.status == WriteStatus::Failed && lag_ms < BELIEVED_MS {
                prop_assert!(!has_changed, "{:?}", outcome);
            }
            prop_assert!(outcome.status != WriteStatus::Unknown || !outcome.settles);
        }
        let mut effects = platform.effects.clone();
        effects.sort_unstable();
        prop_assert!(effects.windows(2).all(|pair| pair[0] != pair[1]), "{:?}", platform.effects);

        // Faults stop. The open slot gets its budget unless it is given up; then the first budget comes back.
        (platform.fates, platform.reads) = (Vec::new(), Vec::new());
        platform.lag_ms %= BELIEVED_MS;
        tick(&mut platform, &schedules, &mut memory, "11:30");
        let slot = schedules[1].slot(day("2026-03-01"));
        let settled = memory.get(&7).and_then(|memory| memory.settled.get(&slot)).copied();
        prop_assert!(settled.is_some(), "a tick without faults settles the slot");
        if settled == Some(Settled::Applied) {
            prop_assert_eq!(platform.budget, money("200"));
        }
        tick(&mut platform, &schedules, &mut memory, "12:00");
        prop_assert_eq!(platform.budget, money(first), "the first budget comes back");
        prop_assert!(tick(&mut platform, &schedules, &mut memory, "12:30").is_none(), "and all is done");
        // An edit that shows later than that, and whose id is refused, counts as lost.
        let shows_in_time = lag_ms < BELIEVED_MS;
        prop_assert!(!shows_in_time || platform.effects.len() <= 4, "{:?}", platform.effects);
    }
}
