use super::*;
use crate::{
    ids::Stage,
    rate::{governor_messages::ClosedEndpoint, permit::RateLimits},
    run::{attempt::AttemptFailure, shop::Shop},
};
use proptest::prelude::*;

const TERMS: RateLimits = RateLimits {
    app: AppId(1),
    shop_calls_per_second: 2.0,
    app_calls_per_second: 10.0,
    breaker_seconds: 300,
};

fn request(reserved_ms: Option<i64>) -> PermitRequest {
    PermitRequest {
        generation: None,
        attempt: None,
        wanted: 4,
        answered: 0,
        rate_limits: TERMS,
        reserved_ms,
        endpoint: None,
        precedence: Precedence::Run,
    }
}

fn granted(at_ms: &[i64]) -> SlotReply {
    SlotReply::Slots { at_ms: at_ms.to_vec(), share: 5.0, probe: false, closed: Vec::new() }
}

fn at(now_ms: i64) -> Event {
    Event { now_ms, random: 0.0 }
}

/// A bucket that holds these slots.
fn holding(slots: &[i64]) -> ShopRateLimiter {
    let mut limiter = ShopRateLimiter::default();
    assert!(matches!(limiter.permit(0, &request(None), 0), PermitReply::Ask { ask } if ask.wanted == 4));
    limiter.granted(0, Precedence::Run, &granted(slots));
    limiter
}

proptest! {
    #[test]
    fn calls_keep_the_shops_distance_and_never_precede_their_slot(
        gaps in proptest::collection::vec(0i64..900, 1..40), waits in proptest::collection::vec(0i64..700, 60),
    ) {
        let slots: Vec<i64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
        let mut limiter = holding(&slots);
        let (mut now_ms, mut calls, mut reserved) = (0, Vec::new(), None);
        for wait_ms in waits {
            match limiter.permit(now_ms, &request(reserved.take()), 0) {
                PermitReply::Go { at_ms } => {
                    prop_assert!(slots.iter().any(|slot| (*slot..=slot + PERMIT_LATE_MS + PERMIT_NEAR_MS).contains(&at_ms)));
                    calls.push(at_ms);
                    now_ms = now_ms.max(at_ms);
                }
                PermitReply::Wait { hold, reserved_ms } => {
                    reserved = reserved_ms;
                    now_ms = now_ms.max(hold.until_ms);
                }
                PermitReply::Ask { .. } => break,
                PermitReply::Stale => unreachable!("no run is meant"),
            }
            now_ms += wait_ms;
        }
        prop_assert!(calls.windows(2).all(|pair| pair[1] - pair[0] >= 500 - PERMIT_LATE_MS), "{calls:?}");
    }
}

#[test]
fn a_slot_that_is_far_stays_the_shops_until_somebody_comes_in_time() {
    let far_ms = 60_000;
    let mut limiter = holding(&[far_ms, far_ms + 500]);
    for now_ms in [0, 1_000] {
        let reply = limiter.permit(now_ms, &request(None), 0);
        let hold = Hold { until_ms: far_ms - SLOT_LEAD_MS, reason: WaitReason::AppRate };
        assert_eq!(reply, PermitReply::Wait { hold, reserved_ms: None }, "and nobody asks for more");
    }
    assert_eq!(limiter.far_slot(0).map(|hold| hold.until_ms), Some(far_ms));
    let near = limiter.permit(far_ms - SLOT_LEAD_MS, &request(None), 0);
    assert!(matches!(near, PermitReply::Wait { reserved_ms: Some(slot), .. } if slot == far_ms));
    assert_eq!(limiter.permit(far_ms, &request(Some(far_ms)), 0), PermitReply::Go { at_ms: far_ms });
}

#[test]
fn a_missed_slot_is_lost() {
    let mut limiter = holding(&[100]);
    assert!(matches!(limiter.permit(100 + PERMIT_LATE_MS + 1, &request(None), 0), PermitReply::Ask { .. }));
    let missed = limiter.permit(500 + PERMIT_LATE_MS + 1, &request(Some(500)), 0);
    assert!(matches!(missed, PermitReply::Ask { .. }), "also one that was reserved");
}

#[test]
fn a_hold_voids_what_was_reserved_and_another_app_begins_anew() {
    let mut shop = Shop::new(crate::ids::ShopId(1));
    shop.limiter = holding(&[0, 500]);
    let hold = Hold { until_ms: 9_000, reason: WaitReason::AppThrottled };
    shop.hold(at(10), hold);
    assert_eq!(shop.permit(at(20), &request(Some(20))), PermitReply::Wait { hold, reserved_ms: None });
    assert!(matches!(shop.permit(at(9_000), &request(None)), PermitReply::Ask { .. }));
    shop.hold(at(9_000), Hold { until_ms: 99_000, ..hold });
    let other = PermitRequest { rate_limits: RateLimits { app: AppId(2), ..TERMS }, ..request(None) };
    assert!(matches!(shop.permit(at(9_001), &other), PermitReply::Ask { .. }));
}

#[test]
fn throttling_halves_the_rate_and_pauses_longer_each_time() {
    let mut limiter = holding(&[0]);
    let until = |limiter: &ShopRateLimiter| limiter.hold.map_or(0, |hold| hold.until_ms);
    limiter.throttled(Event { now_ms: 0, random: 1.0 }, None, 2.0);
    assert_eq!((limiter.rate, until(&limiter)), (Some(1.0), THROTTLED_BASE_MS));
    limiter.throttled(Event { now_ms: 0, random: 1.0 }, Some(60), 2.0);
    assert_eq!((limiter.rate, until(&limiter)), (Some(0.5), 60_000 + 2 * THROTTLED_BASE_MS));
    limiter.succeeded(SHOP_RISE_MS, CallOrigin::Slot(0));
    assert_eq!(limiter.rate, Some(0.55), "it rises slowly again");
}

#[test]
fn the_chunks_under_way_are_those_that_the_rate_needs() {
    let limiter = ShopRateLimiter::default();
    let under_way = |rate, calls, duration_ms| limiter.chunks_under_way(calls, rate, duration_ms);
    assert_eq!(under_way(18.0, 1, 150), 6, "4.5 under way, one that waits");
    assert_eq!(under_way(18.0, 1, 1_000), 21, "slow answers need more");
    assert_eq!(under_way(3.0, 2, 300), 2);
    assert_eq!(limiter.chunks_served(2, 1_000.0, 8), 8, "all that are allowed");
    assert_eq!(limiter.chunks_served(2, 0.1, 8), 1, "the second would only wait");
}

#[test]
fn a_slot_that_is_far_is_no_reason_for_a_lane_to_wait() {
    let limiter = holding(&[5_000]);
    assert!(!limiter.is_near(3_999, 1_000) && limiter.is_near(4_000, 1_000));
    let mut waiting = ShopRateLimiter::default();
    assert!(waiting.is_near(0, 1_000), "nothing is known against it");
    waiting.close(Hold { until_ms: 9_000, reason: WaitReason::AppRate });
    assert!(!waiting.is_near(7_999, 1_000) && waiting.is_near(8_000, 1_000), "the governor has none before");
}

#[test]
fn a_rate_that_rises_for_months_is_forgotten_and_gives_no_more_than_the_setting() {
    let mut limiter = ShopRateLimiter { app: Some(AppId(1)), ..ShopRateLimiter::default() };
    limiter.throttled(Event { now_ms: 0, random: 1.0 }, None, 2.0);
    for day in 1..=300 {
        limiter.succeeded(day * 86_400_000, CallOrigin::Endpoint(Endpoint::CampaignIds));
        let chunks = |limiter: &ShopRateLimiter| limiter.chunks_served(2, 1.0, 50);
        assert_eq!(chunks(&limiter), chunks(&ShopRateLimiter::default()));
    }
    assert_eq!(limiter.rate, None);
}

fn app_hold(until_ms: i64) -> Hold {
    Hold { until_ms, reason: WaitReason::AppThrottled }
}

#[test]
fn a_hold_of_the_app_voids_every_slot_also_those_that_are_kept_and_those_on_their_way() {
    let mut shop = Shop::new(crate::ids::ShopId(1));
    assert!(matches!(shop.permit(at(0), &request(None)), PermitReply::Ask { .. }));
    shop.granted(at(0), Precedence::Run, &granted(&[4_000, 8_000]));
    let PermitReply::Wait { reserved_ms: Some(4_000), .. } = shop.permit(at(0), &request(None)) else {
        panic!("the slot is kept")
    };
    shop.hold(at(10), app_hold(3_000));
    shop.granted(at(20), Precedence::Run, &granted(&[3_500, 6_000]));
    for reserved in [Some(4_000), None] {
        let reply = shop.permit(at(4_000), &request(reserved));
        assert!(matches!(reply, PermitReply::Ask { .. }), "{reply:?}");
    }
}

#[test]
fn a_probe_counts_when_whoever_made_it_calls_again() {
    let key = |index| ChunkKey { stage: crate::ids::Stage::Performance, index };
    let of = |index, answered| PermitRequest { attempt: Some((key(index), 1)), answered, ..request(None) };
    let mut shop = Shop::new(crate::ids::ShopId(1));
    shop.permit(at(0), &of(1, 1));
    shop.granted(
        at(0),
        Precedence::Run,
        &SlotReply::Slots { at_ms: vec![0], share: 0.0, probe: true, closed: Vec::new() },
    );
    // Another attempt has made earlier calls, which say nothing about the probe.
    assert!(matches!(shop.permit(at(0), &of(1, 1)), PermitReply::Go { .. }));
    shop.take_changes();
    for waiting in [of(2, 3), of(1, 1)] {
        shop.permit(at(100), &waiting);
        assert_eq!(shop.take_changes().report, None, "{waiting:?}");
    }
    shop.permit(at(200), &of(1, 2));
    assert_eq!(shop.take_changes().report, Some((AppId(1), GovernorReport::ProbeSucceeded)));
    shop.permit(at(300), &of(1, 3));
    assert_eq!(shop.take_changes().report, None, "told once");
}

#[test]
fn a_probe_that_ends_in_a_refused_token_lets_the_refresh_call() {
    let mut shop = Shop::new(crate::ids::ShopId(1));
    shop.permit(at(0), &request(None));
    shop.granted(
        at(0),
        Precedence::Run,
        &SlotReply::Slots { at_ms: vec![0], share: 0.0, probe: true, closed: Vec::new() },
    );
    assert_eq!(shop.permit(at(0), &request(None)), PermitReply::Go { at_ms: 0 });
    shop.take_changes();
    shop.slot_answered(at(50), -500);
    assert_eq!(shop.take_changes().report, None, "another call");
    shop.slot_answered(at(50), 0);
    assert_eq!(shop.take_changes().report, Some((AppId(1), GovernorReport::ProbeSucceeded)));
    shop.slot_answered(at(60), 0);
    assert_eq!(shop.take_changes().report, None, "told once");
}

const ENDPOINT: Endpoint = Endpoint::CampaignHourly;

fn to(endpoint: Endpoint, answered: u32) -> PermitRequest {
    let key = ChunkKey { stage: Stage::Performance, index: 0 };
    PermitRequest { endpoint: Some(endpoint), attempt: Some((key, 1)), answered, ..request(None) }
}

fn used_up(endpoint: Endpoint) -> AttemptFailure {
    let message = "error_limit".to_owned();
    let class = ErrorClass::PauseUntilQuotaDay;
    AttemptFailure { class, message, retry_after_s: None, calls: 1, endpoint: Some(endpoint) }
}

#[test]
fn a_closed_endpoint_waits_and_the_shops_slots_serve_for_the_others() {
    let mut shop = Shop::new(crate::ids::ShopId(1));
    shop.permit(at(0), &to(ENDPOINT, 0));
    shop.granted(at(0), Precedence::Run, &granted(&[0, 500, 1_000]));
    assert_eq!(shop.permit(at(0), &to(ENDPOINT, 0)), PermitReply::Go { at_ms: 0 });
    shop.throttled(at(50), &used_up(ENDPOINT));
    let refused = GovernorReport::Refused {
        class: ErrorClass::PauseUntilQuotaDay,
        retry_after_s: None,
        endpoint: Some(ENDPOINT),
    };
    assert_eq!(shop.take_changes().report, Some((AppId(1), refused)));
    let hold = Hold { until_ms: 3_600_000, reason: WaitReason::EndpointQuota(ENDPOINT) };
    shop.hold(at(60), hold);
    for now_ms in [60, 3_599_999] {
        let reply = shop.permit(at(now_ms), &to(ENDPOINT, 0));
        assert_eq!(reply, PermitReply::Wait { hold, reserved_ms: None });
    }
    assert_eq!(shop.permit(at(450), &to(Endpoint::CampaignDaily, 0)), PermitReply::Go { at_ms: 500 });
    assert!(hold.reason.text().contains("ads.get_product_campaign_hourly_performance"));
}

#[test]
fn one_call_tries_a_closed_endpoint_and_the_others_come_when_it_was_answered() {
    let mut shop = Shop::new(crate::ids::ShopId(1));
    shop.permit(at(0), &to(ENDPOINT, 0));
    shop.hold(at(0), Hold { until_ms: 1_000, reason: WaitReason::EndpointQuota(ENDPOINT) });
    // Slots reserved for other calls say nothing about the endpoint: the governor is asked.
    shop.granted(
        at(1_000),
        Precedence::Run,
        &SlotReply::Slots {
            at_ms: vec![1_000, 1_500, 2_000],
            share: 5.0,
            probe: false,
            closed: vec![ClosedEndpoint { endpoint: ENDPOINT, until_ms: 1_000, trial: false }],
        },
    );
    assert!(
        matches!(shop.permit(at(1_000), &to(ENDPOINT, 0)), PermitReply::Ask { ask } if ask.endpoint == Some(ENDPOINT))
    );
    let trial = ClosedEndpoint { endpoint: ENDPOINT, until_ms: 3_601_000, trial: true };
    shop.granted(
        at(1_000),
        Precedence::Run,
        &SlotReply::Slots { at_ms: vec![2_500], share: 5.0, probe: false, closed: vec![trial] },
    );
    assert_eq!(shop.permit(at(1_000), &to(ENDPOINT, 0)), PermitReply::Go { at_ms: 1_000 });
    let other = PermitRequest { attempt: None, ..to(ENDPOINT, 0) };
    let soon = Hold { until_ms: 1_010 + PROBE_LOOK_MS, reason: WaitReason::EndpointQuota(ENDPOINT) };
    assert_eq!(shop.permit(at(1_010), &other), PermitReply::Wait { hold: soon, reserved_ms: None });
    shop.take_changes();
    shop.permit(at(1_200), &to(ENDPOINT, 1));
    assert_eq!(shop.take_changes().report, Some((AppId(1), GovernorReport::Opened { endpoint: ENDPOINT })));
    assert!(!matches!(shop.permit(at(1_600), &other), PermitReply::Wait { reserved_ms: None, .. }));
}

/// The slot of a trial went by before a call took it. Whoever asked was told to wait and took the trial to be free still: it
/// asked again and again, for an hour, and its run failed.
#[test]
fn a_trial_whose_slot_has_passed_is_over() {
    let mut limiter = holding(&[]);
    let trial = ClosedEndpoint { endpoint: ENDPOINT, until_ms: 3_600_000, trial: true };
    let slots = |closed| SlotReply::Slots { at_ms: vec![10_000], share: 5.0, probe: false, closed };
    limiter.granted(9_000, Precedence::Run, &slots(vec![trial]));
    let late_ms = 10_001 + PERMIT_LATE_MS;
    assert!(matches!(limiter.permit(late_ms, &to(ENDPOINT, 0), 0), PermitReply::Ask { .. }));
    let hold = Hold { until_ms: 3_600_500, reason: WaitReason::EndpointQuota(ENDPOINT) };
    limiter.granted(late_ms, Precedence::Run, &SlotReply::Wait { hold });
    assert_eq!(limiter.permit(late_ms, &to(ENDPOINT, 0), 0), PermitReply::Wait { hold, reserved_ms: None });
    assert_eq!(limiter.hold_of(late_ms, &[ENDPOINT]), Some(hold));
}
