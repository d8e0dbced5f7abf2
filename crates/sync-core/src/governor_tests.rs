use super::*;
use proptest::prelude::*;

const SHOP: ShopId = ShopId(1);

fn at(now_ms: i64) -> Event {
    Event { now_ms, random: 0.0 }
}

fn ask(rate: f64, wanted: u32) -> Ask {
    Ask {
        app: AppId(1),
        wanted,
        earliest_ms: 0,
        spacing_ms: 10,
        app_calls_per_second: rate,
        breaker_seconds: 300,
    }
}

fn slots(reply: AskReply) -> Vec<i64> {
    match reply {
        AskReply::Slots { at_ms, .. } => at_ms,
        AskReply::Wait { hold } => panic!("no slots: {hold:?}"),
    }
}

fn refused(class: ErrorClass) -> Report {
    Report::Refused { class, retry_after_s: None }
}

proptest! {
    #[test]
    fn no_window_of_a_second_has_more_slots_than_the_rate_allows(
        rate in 1u32..50, asks in proptest::collection::vec((0i64..400, 0i64..20, 1u32..20), 1..150),
    ) {
        let mut governor = Governor::default();
        let (mut now_ms, mut taken) = (1_000_000, Vec::new());
        for (later_ms, shop, wanted) in asks {
            now_ms += later_ms;
            if let AskReply::Slots { at_ms, .. } = governor.ask(at(now_ms), ShopId(shop), &ask(f64::from(rate), wanted)) {
                prop_assert!(at_ms.iter().all(|slot| *slot >= now_ms && *slot <= now_ms + SLOT_AHEAD_MS + BLOCK_SPAN_MS));
                taken.extend(at_ms);
            }
        }
        taken.sort_unstable();
        for (place, slot) in taken.iter().enumerate() {
            let within = taken[place..].iter().take_while(|other| **other < slot + 1_000).count();
            prop_assert!(within <= rate as usize, "{within} slots in a second at {rate}/s");
        }
    }
}

#[test]
fn shops_that_all_want_much_take_turns() {
    let mut governor = Governor::default();
    let mut given = std::collections::BTreeMap::<i64, Vec<i64>>::new();
    let mut next = vec![(0_i64, 0_i64); 20];
    for (shop, entry) in next.iter_mut().enumerate() {
        entry.1 = shop as i64;
    }
    // Each shop asks again when its last slot has come.
    for _ in 0..400 {
        next.sort_unstable();
        let (now_ms, shop) = next[0];
        let taken = slots(governor.ask(at(now_ms), ShopId(shop), &ask(5.0, 8)));
        assert_eq!(taken.len(), 8, "the calls of a chunk come together");
        assert!(taken[7] - taken[0] <= 8 * 200, "{taken:?}");
        next[0].0 = taken.last().copied().unwrap_or(now_ms) + 1;
        given.entry(shop).or_default().extend(taken);
    }
    let counts: Vec<usize> = given.values().map(Vec::len).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(counts.len() == 20 && *most <= least + 8, "{counts:?}");
}

#[test]
fn a_refused_app_is_silent_until_one_probe_was_answered() {
    let mut governor = Governor::default();
    slots(governor.ask(at(0), ShopId(7), &ask(10.0, 8)));
    let notice = governor.report(at(100), SHOP, &refused(ErrorClass::PauseApp)).unwrap();
    assert_eq!((notice.hold.until_ms, notice.shops), (300_100, vec![ShopId(7)]));
    for shop in 0..20 {
        let reply = governor.ask(at(300_099), ShopId(shop), &ask(10.0, 8));
        assert!(matches!(reply, AskReply::Wait { hold } if hold.reason == WaitReason::AppThrottled));
    }
    let probe = governor.ask(at(300_100), SHOP, &ask(10.0, 8));
    assert_eq!(probe, AskReply::Slots { at_ms: vec![300_100], share: 0.0, probe: true });
    assert!(matches!(governor.ask(at(300_200), ShopId(2), &ask(10.0, 8)), AskReply::Wait { .. }));
    assert_eq!(governor.report(at(300_300), ShopId(2), &Report::ProbeSucceeded), None);
    assert!(governor.hold(300_300).is_some(), "only the prober's word counts");
    assert!(!governor.recovered(300_300));
    governor.report(at(300_400), SHOP, &Report::ProbeSucceeded);
    assert!(governor.recovered(300_400) && !governor.recovered(300_400), "said once");
    let after = slots(governor.ask(at(300_400), ShopId(2), &ask(10.0, 2)));
    assert!(after[1] - after[0] >= 200, "the rate has fallen by half: {after:?}");
}

#[test]
fn a_refused_probe_doubles_the_pause_and_late_refusals_do_not() {
    let mut governor = Governor::default();
    governor.ask(at(0), SHOP, &ask(10.0, 1));
    let refuse = |governor: &mut Governor, now_ms| {
        governor.report(at(now_ms), SHOP, &refused(ErrorClass::PauseApp)).unwrap().hold.until_ms
    };
    assert_eq!(refuse(&mut governor, 0), 300_000);
    assert_eq!(refuse(&mut governor, 50), 300_000, "it was on its way already");
    let mut now_ms = 300_000;
    for pause_s in [600, 1_200, 2_400, 3_600, 3_600] {
        slots(governor.ask(at(now_ms), SHOP, &ask(10.0, 1)));
        let until_ms = refuse(&mut governor, now_ms);
        assert_eq!(until_ms, now_ms + pause_s * 1_000);
        now_ms = until_ms;
    }
}

#[test]
fn a_probe_that_nobody_answers_for_makes_room_for_another() {
    let mut governor = Governor::default();
    governor.ask(at(0), SHOP, &ask(10.0, 1));
    governor.report(at(0), SHOP, &refused(ErrorClass::PauseApp));
    slots(governor.ask(at(300_000), SHOP, &ask(10.0, 1)));
    let again = governor.ask(at(300_000 + PROBE_MS_MAX), ShopId(2), &ask(10.0, 1));
    assert!(matches!(again, AskReply::Slots { probe: true, .. }));
}

#[test]
fn several_shops_throttled_at_once_are_a_storm() {
    let mut governor = Governor::default();
    let throttle = |governor: &mut Governor, now_ms, shop| {
        governor.report(at(now_ms), ShopId(shop), &refused(ErrorClass::PauseShop))
    };
    assert_eq!(throttle(&mut governor, 0, 1), None);
    assert_eq!(throttle(&mut governor, 10, 1), None, "one shop twice is no storm");
    assert_eq!(throttle(&mut governor, 20_000, 2), None, "long after the first");
    assert_eq!(throttle(&mut governor, 20_100, 3), None);
    assert!(throttle(&mut governor, 20_200, 4).is_some());
    assert!(governor.hold(20_300).is_some());
}

#[test]
fn a_used_up_day_ends_at_midnight_utc_plus_eight() {
    let mut governor = Governor::default();
    // 2026-03-01 15:59:59.999 UTC is the last moment of the day there.
    let last_ms = 1_772_380_799_999;
    let notice =
        governor.report(at(last_ms - 5_000), SHOP, &refused(ErrorClass::PauseUntilQuotaDay)).unwrap();
    assert_eq!(notice.hold, Hold { until_ms: last_ms + 1, reason: WaitReason::DailyQuota });
    assert!(matches!(governor.ask(at(last_ms), SHOP, &ask(3.0, 1)), AskReply::Wait { .. }));
    assert!(!governor.recovered(last_ms) && governor.recovered(last_ms + 1));
    slots(governor.ask(at(last_ms + 1), SHOP, &ask(3.0, 1)));
}

#[test]
fn a_setting_that_is_raised_counts_at_once_while_nobody_was_refused() {
    let mut governor = Governor::default();
    slots(governor.ask(at(0), SHOP, &ask(1.0, 1)));
    let taken = slots(governor.ask(at(10_000), SHOP, &ask(10.0, 3)));
    assert!(taken[2] - taken[0] <= 200, "{taken:?}");
    // What a refusal has taught stays, whatever the setting says; it rises slowly.
    governor.report(at(11_000), SHOP, &refused(ErrorClass::PauseApp));
    governor.ask(at(400_000), SHOP, &ask(10.0, 1));
    governor.report(at(400_100), SHOP, &Report::ProbeSucceeded);
    let taken = slots(governor.ask(at(402_000), SHOP, &ask(1_000.0, 2)));
    assert!(taken[1] - taken[0] >= 200, "{taken:?}");
    // And is forgotten when it has risen to the setting.
    let rise = |governor: &mut Governor, times: i64| {
        for hour in 1..=times {
            governor.ask(at(402_000 + hour * APP_RISE_MS), SHOP, &ask(10.0, 1));
        }
        slots(governor.ask(at(500_000 + times * APP_RISE_MS), SHOP, &ask(100.0, 2)))
    };
    let taken = rise(&mut governor, 20);
    assert!(taken[1] - taken[0] <= 20, "{taken:?}");
}

#[test]
fn others_ask_again_soon_while_a_probe_is_under_way() {
    let mut governor = Governor::default();
    slots(governor.ask(at(0), SHOP, &ask(10.0, 1)));
    governor.report(at(100), SHOP, &refused(ErrorClass::PauseApp));
    assert_eq!(slots(governor.ask(at(400_000), SHOP, &ask(10.0, 4))).len(), 1);
    let AskReply::Wait { hold } = governor.ask(at(400_010), ShopId(2), &ask(10.0, 4)) else {
        panic!("one probe at a time")
    };
    assert_eq!(hold.until_ms, 400_010 + PROBE_LOOK_MS);
    governor.report(at(400_100), SHOP, &Report::ProbeSucceeded);
    assert!(!slots(governor.ask(at(hold.until_ms), ShopId(2), &ask(10.0, 4))).is_empty());
}
