use super::*;
use crate::{ids::AppId, rate::governor_messages::Precedence};
use proptest::prelude::*;

const SHOP: ShopId = ShopId(1);

fn at(now_ms: i64) -> Event {
    Event { now_ms, random: 0.0 }
}

fn ask(rate: f64, wanted: u32) -> SlotRequest {
    SlotRequest {
        app: AppId(1),
        wanted,
        more: 0,
        earliest_ms: 0,
        spacing_ms: 10,
        app_calls_per_second: rate,
        breaker_seconds: 300,
        endpoint: None,
        precedence: Precedence::Run,
    }
}

fn slots(reply: SlotReply) -> Vec<i64> {
    match reply {
        SlotReply::Slots { at_ms, .. } => at_ms,
        SlotReply::Wait { hold } => panic!("no slots: {hold:?}"),
    }
}

fn refused(class: ErrorClass) -> GovernorReport {
    GovernorReport::Refused { class, retry_after_s: None, endpoint: None }
}

proptest! {
    #[test]
    fn no_window_of_a_second_has_more_slots_than_the_rate_allows(
        rate in 1u32..50, asks in proptest::collection::vec((0i64..400, 0i64..20, 1u32..20, any::<bool>()), 1..150),
    ) {
        let mut governor = Governor::default();
        let (mut now_ms, mut taken) = (1_000_000, Vec::new());
        for (later_ms, shop, wanted, first) in asks {
            now_ms += later_ms;
            let precedence = if first { Precedence::First } else { Precedence::Run };
            let ask = SlotRequest { precedence, ..ask(f64::from(rate), wanted) };
            if let SlotReply::Slots { at_ms, .. } = governor.ask(at(now_ms), ShopId(shop), &ask) {
                prop_assert!(at_ms.iter().all(|slot| *slot >= now_ms - PERMIT_LATE_MS && *slot <= now_ms + SLOT_AHEAD_MS + BLOCK_SPAN_MS));
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
    let mut given = compact::SortedMap::<i64, Vec<i64>>::new();
    let mut next = vec![(0_i64, 0_i64); 20];
    for (shop, entry) in next.iter_mut().enumerate() {
        entry.1 = shop as i64;
    }
    // Each shop asks again when its last slot is reached, or at the time it was given.
    for _ in 0..800 {
        next.sort_unstable();
        let (now_ms, shop) = next[0];
        let taken = match governor.ask(at(now_ms), ShopId(shop), &ask(5.0, 8)) {
            SlotReply::Slots { at_ms, .. } => at_ms,
            SlotReply::Wait { hold } => {
                next[0].0 = hold.until_ms.max(now_ms + 1);
                continue;
            }
        };
        assert!(taken.len() <= 4, "nobody books far ahead: {taken:?}");
        next[0].0 = taken.last().copied().unwrap_or(now_ms) + 1;
        given.entry(shop).or_default().extend(taken);
    }
    let counts: Vec<usize> = given.values().map(Vec::len).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(counts.len() == 20 && *most <= least + 8, "{counts:?}");
}

#[test]
fn one_answer_serves_the_lanes_of_a_shop_but_not_at_the_cost_of_others() {
    let of_lanes = SlotRequest { more: 40, ..ask(18.0, 2) };
    let alone = slots(Governor::default().ask(at(0), SHOP, &of_lanes));
    assert_eq!(alone.len(), 14, "the app's calls in {OWN_AHEAD_MS} ms");
    let mut busy = Governor::default();
    for shop in 10..17 {
        busy.ask(at(0), ShopId(shop), &ask(18.0, 2));
    }
    assert_eq!(slots(busy.ask(at(0), SHOP, &of_lanes)).len(), 2, "an eighth of them");
    let mut scarce = Governor::default();
    for shop in 10..30 {
        scarce.ask(at(0), ShopId(shop), &ask(0.5, 2));
    }
    let of_lanes = SlotRequest { app_calls_per_second: 0.5, ..of_lanes };
    let SlotReply::Wait { .. } = scarce.ask(at(0), SHOP, &of_lanes) else { panic!("its turn is not far") };
    assert_eq!(scarce.turns.held(SHOP, 0).0, 2, "where turns are long, one caller's calls");
}

#[test]
fn a_refused_app_is_silent_until_one_probe_was_answered() {
    let mut governor = Governor::default();
    slots(governor.ask(at(0), ShopId(7), &ask(10.0, 8)));
    let notice = governor.report(at(100), SHOP, &refused(ErrorClass::PauseApp)).unwrap();
    assert_eq!((notice.hold.until_ms, notice.shops), (300_100, vec![ShopId(7)]));
    for shop in 0..20 {
        let reply = governor.ask(at(300_099), ShopId(shop), &ask(10.0, 8));
        assert!(matches!(reply, SlotReply::Wait { hold } if hold.reason == WaitReason::AppThrottled));
    }
    let probe = governor.ask(at(300_100), SHOP, &ask(10.0, 8));
    assert_eq!(probe, SlotReply::Slots { at_ms: vec![300_100], share: 0.0, probe: true, closed: Vec::new() });
    assert!(matches!(governor.ask(at(300_200), ShopId(2), &ask(10.0, 8)), SlotReply::Wait { .. }));
    assert_eq!(governor.report(at(300_300), ShopId(2), &GovernorReport::ProbeSucceeded), None);
    assert!(governor.hold(300_300).is_some(), "only the prober's word counts");
    assert!(!governor.recovered(300_300).app);
    governor.report(at(300_400), SHOP, &GovernorReport::ProbeSucceeded);
    assert!(governor.recovered(300_400).app && !governor.recovered(300_400).app, "said once");
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
    assert!(matches!(again, SlotReply::Slots { probe: true, .. }));
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
    // 2026-03-01 15:59:59.999 UTC is the last moment of that quota day.
    let last_ms = 1_772_380_799_999;
    let notice =
        governor.report(at(last_ms - 5_000), SHOP, &refused(ErrorClass::PauseUntilQuotaDay)).unwrap();
    assert_eq!(notice.hold, Hold { until_ms: last_ms + 1, reason: WaitReason::DailyQuota });
    assert!(matches!(governor.ask(at(last_ms), SHOP, &ask(3.0, 1)), SlotReply::Wait { .. }));
    assert!(!governor.recovered(last_ms).app && governor.recovered(last_ms + 1).app);
    slots(governor.ask(at(last_ms + 1), SHOP, &ask(3.0, 1)));
}

#[test]
fn a_setting_that_is_raised_counts_at_once_while_nobody_was_refused() {
    let mut governor = Governor::default();
    slots(governor.ask(at(0), SHOP, &ask(1.0, 1)));
    let taken = slots(governor.ask(at(10_000), SHOP, &ask(10.0, 3)));
    assert!(taken[2] - taken[0] <= 200, "{taken:?}");
    // A learned rate stays, whatever the setting is; it rises slowly.
    governor.report(at(11_000), SHOP, &refused(ErrorClass::PauseApp));
    governor.ask(at(400_000), SHOP, &ask(10.0, 1));
    governor.report(at(400_100), SHOP, &GovernorReport::ProbeSucceeded);
    let taken = slots(governor.ask(at(402_000), SHOP, &ask(1_000.0, 2)));
    assert!(taken[1] - taken[0] >= 200, "{taken:?}");
    // It is forgotten once it has risen to the setting.
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
    let SlotReply::Wait { hold } = governor.ask(at(400_010), ShopId(2), &ask(10.0, 4)) else {
        panic!("one probe at a time")
    };
    assert_eq!(hold.until_ms, 400_010 + PROBE_LOOK_MS);
    governor.report(at(400_100), SHOP, &GovernorReport::ProbeSucceeded);
    assert!(!slots(governor.ask(at(hold.until_ms), ShopId(2), &ask(10.0, 4))).is_empty());
}

const HOUR_MS: i64 = 3_600_000;
/// 2026-03-01 02:00 UTC, in the middle of the quota day.
const MORNING_MS: i64 = 1_772_330_400_000;

fn to(endpoint: Endpoint) -> SlotRequest {
    SlotRequest { endpoint: Some(endpoint), ..ask(10.0, 2) }
}

fn used_up(endpoint: Endpoint) -> GovernorReport {
    GovernorReport::Refused {
        class: ErrorClass::PauseUntilQuotaDay,
        retry_after_s: None,
        endpoint: Some(endpoint),
    }
}

#[test]
fn calls_that_are_used_up_close_their_endpoint_only() {
    let mut governor = Governor::default();
    slots(governor.ask(at(MORNING_MS), ShopId(7), &ask(10.0, 8)));
    let notice = governor.report(at(MORNING_MS), SHOP, &used_up(Endpoint::BudgetSuggestion)).unwrap();
    let reason = WaitReason::EndpointQuota(Endpoint::BudgetSuggestion);
    let hold = Hold { until_ms: MORNING_MS + HOUR_MS, reason };
    assert_eq!(notice, HoldNotice { hold, shops: vec![ShopId(7)] });
    assert_eq!(governor.hold(MORNING_MS), None, "the app goes on");
    for shop in 10..15 {
        let reply = governor.ask(at(MORNING_MS + 10), ShopId(shop), &to(Endpoint::BudgetSuggestion));
        assert_eq!(reply, SlotReply::Wait { hold });
        let SlotReply::Slots { closed, probe: false, .. } =
            governor.ask(at(MORNING_MS + 10), ShopId(shop), &to(Endpoint::CampaignDaily))
        else {
            panic!("another endpoint")
        };
        let told =
            ClosedEndpoint { endpoint: Endpoint::BudgetSuggestion, until_ms: hold.until_ms, trial: false };
        assert_eq!(closed, vec![told], "whoever gets slots knows what they are not for");
    }
    // The next day has the same effect, without any report.
    let next_day_ms = MORNING_MS + 14 * HOUR_MS;
    assert!(governor.recovered(next_day_ms).endpoints && !governor.recovered(next_day_ms).endpoints);
    let reply = governor.ask(at(next_day_ms), SHOP, &to(Endpoint::BudgetSuggestion));
    assert!(matches!(reply, SlotReply::Slots { closed, .. } if closed.is_empty()));
}

#[test]
fn a_closed_endpoint_is_tried_once_an_hour() {
    let mut governor = Governor::default();
    let mut now_ms = MORNING_MS;
    governor.report(at(now_ms), SHOP, &used_up(Endpoint::ShopDaily));
    for _ in 0..3 {
        now_ms += HOUR_MS;
        let trials = (1..20).filter(|shop| {
            let reply = governor.ask(at(now_ms), ShopId(*shop), &to(Endpoint::ShopDaily));
            matches!(reply, SlotReply::Slots { closed, .. } if closed.iter().any(|closed| closed.trial))
        });
        assert_eq!(trials.count(), 1);
        let SlotReply::Wait { hold } = governor.ask(at(now_ms), ShopId(30), &to(Endpoint::ShopDaily)) else {
            panic!("one at a time")
        };
        assert_eq!(hold.until_ms, now_ms + PROBE_LOOK_MS, "it is answered soon");
        governor.report(at(now_ms + 500), SHOP, &used_up(Endpoint::ShopDaily));
        let reply = governor.ask(at(now_ms + 600), SHOP, &to(Endpoint::ShopDaily));
        assert!(matches!(reply, SlotReply::Wait { hold } if hold.until_ms == now_ms + 500 + HOUR_MS));
        now_ms += 500;
    }
    now_ms += HOUR_MS;
    slots(governor.ask(at(now_ms), SHOP, &to(Endpoint::ShopDaily)));
    governor.report(at(now_ms), SHOP, &GovernorReport::Opened { endpoint: Endpoint::ShopDaily });
    slots(governor.ask(at(now_ms), ShopId(2), &to(Endpoint::ShopDaily)));
    assert!(governor.recovered(now_ms).endpoints);
}

#[test]
fn several_endpoints_that_are_used_up_within_an_hour_are_the_app() {
    let mut governor = Governor::default();
    let [first, second, third] = [Endpoint::CampaignIds, Endpoint::CampaignDaily, Endpoint::ShopDaily];
    let say = |governor: &mut Governor, now_ms, endpoint| {
        governor.report(at(now_ms), SHOP, &used_up(endpoint)).unwrap().hold.reason
    };
    for now_ms in [MORNING_MS, MORNING_MS + 1_000] {
        assert_eq!(say(&mut governor, now_ms, first), WaitReason::EndpointQuota(first), "the same again");
    }
    let later_ms = MORNING_MS + HOUR_MS;
    assert_eq!(say(&mut governor, later_ms, second), WaitReason::EndpointQuota(second));
    assert_eq!(
        say(&mut governor, later_ms, third),
        WaitReason::EndpointQuota(third),
        "the first was long ago"
    );
    assert_eq!(say(&mut governor, later_ms, Endpoint::Balance), WaitReason::DailyQuota);
    let ask = to(Endpoint::EditManual);
    let SlotReply::Wait { hold } = governor.ask(at(later_ms), SHOP, &ask) else { panic!("nobody calls") };
    assert_eq!(hold, Hold { until_ms: later_ms + HOUR_MS, reason: WaitReason::DailyQuota });
    // One call an hour is the probe.
    for hour in [1, 2] {
        let now_ms = later_ms + hour * HOUR_MS;
        assert!(matches!(governor.ask(at(now_ms), SHOP, &ask), SlotReply::Slots { probe: true, .. }));
        assert!(matches!(governor.ask(at(now_ms), ShopId(2), &ask), SlotReply::Wait { .. }));
        assert_eq!(say(&mut governor, now_ms, Endpoint::EditManual), WaitReason::DailyQuota);
    }
    let now_ms = later_ms + 3 * HOUR_MS;
    slots(governor.ask(at(now_ms), SHOP, &to(Endpoint::CampaignHourly)));
    governor.report(at(now_ms), SHOP, &GovernorReport::ProbeSucceeded);
    assert!(governor.recovered(now_ms).app && governor.hold(now_ms).is_none());
    slots(governor.ask(at(now_ms), SHOP, &to(Endpoint::CampaignHourly)));
}

#[test]
fn a_probe_of_a_throttled_app_that_meets_a_used_up_endpoint_was_answered() {
    let mut governor = Governor::default();
    governor.report(at(MORNING_MS), SHOP, &refused(ErrorClass::PauseApp));
    let now_ms = MORNING_MS + 300_000;
    slots(governor.ask(at(now_ms), SHOP, &to(Endpoint::ShopDaily)));
    let notice = governor.report(at(now_ms), SHOP, &used_up(Endpoint::ShopDaily)).unwrap();
    assert_eq!(notice.hold.reason, WaitReason::EndpointQuota(Endpoint::ShopDaily));
    slots(governor.ask(at(now_ms), ShopId(2), &to(Endpoint::CampaignDaily)));
}

#[test]
fn a_state_of_before_closed_endpoints_is_read() {
    let stored = r#"{"rate":1.5,"setting":3.0,"changed_ms":5,"calendar":[[7,1]],"breaker":"closed","refusals":1,
        "breaker_seconds":300,"quota_until_ms":0,"throttled":{},"told":true}"#;
    let governor: Governor = serde_json::from_str(stored).unwrap();
    assert_eq!((governor.rate, governor.closed.len()), (Some(1.5), 0));
}
