//! Limits and the app's lock, second by second.

use crate::rig::{Rig, SHOP, START_MS, new_shop};
use mock_shopee::{AppRefusal, Lock, RefusedBy};

const TOTAL: &str = "ads_rate_limit_total_api";

#[test]
fn buckets_fill_with_the_clock_of_the_calls() {
    let mut rig = Rig::with_campaigns(1);
    rig.behave(|behaviour| (behaviour.rate.per_shop, behaviour.rate.burst) = (Some(2.0), Some(3)));
    let passes = |rig: &Rig, calls: u32| {
        let errors: Vec<_> = (0..calls).map(|_| rig.get(SHOP)).collect();
        errors.iter().take_while(|error| error.is_empty()).count()
    };
    assert_eq!(passes(&rig, 5), 3);
    rig.now_ms += 499;
    assert_eq!(passes(&rig, 1), 0);
    rig.now_ms += 1;
    assert_eq!(passes(&rig, 2), 1);
    rig.now_ms += 60_000;
    assert_eq!(passes(&rig, 5), 3);
    assert_eq!(rig.get(5), "", "another shop has its own");
}

#[test]
fn a_caller_that_keeps_the_rate_is_never_refused() {
    for (rate, gap_ms) in [(5.0, 200), (0.7, 1_429), (8.0, 125), (3.0, 334)] {
        let mut rig = Rig::with_campaigns(1);
        rig.behave(|behaviour| (behaviour.rate.per_app, behaviour.rate.burst) = (Some(rate), Some(1)));
        for call in 0..300 {
            assert_eq!(rig.get(SHOP), "", "call {call} at {rate} a second");
            rig.now_ms += gap_ms;
        }
    }
}

#[test]
fn the_day_ends_at_midnight_utc_plus_8() {
    let mut rig = Rig::with_campaigns(1);
    rig.behave(|behaviour| behaviour.rate.per_day = Some(1));
    assert_eq!((rig.get(SHOP).as_str(), rig.get(5).as_str()), ("", "error_limit"));
    // 9 October 2025, 16:00 UTC.
    rig.now_ms = 1_760_025_600_000 - 1;
    rig.platform.put_shop(rig.now_ms, SHOP, new_shop(SHOP, 1)).unwrap();
    let late = rig.get(SHOP);
    rig.now_ms += 1;
    assert_eq!((late.as_str(), rig.get(SHOP).as_str()), ("error_limit", ""));
}

#[test]
fn an_app_that_keeps_overrunning_is_locked() {
    let mut rig = Rig::with_campaigns(1);
    rig.behave(|behaviour| {
        (behaviour.rate.per_app, behaviour.rate.burst) = (Some(1.0), Some(1));
        behaviour.lock = Lock { after_refusals: Some(3), seconds: 100 };
    });
    assert_eq!(rig.get(SHOP), "");
    for _ in 0..3 {
        assert_eq!(rig.get(SHOP), TOTAL);
    }
    // Every call starts the time again, whichever shop it is for and whatever its token is worth.
    rig.now_ms += 99_999;
    assert_eq!(rig.get(5), TOTAL);
    rig.now_ms += 99_999;
    assert_eq!(rig.post("auth/token/get", &serde_json::Value::Null).status, 403);
    rig.now_ms += 99_999;
    assert_eq!(rig.get_with(SHOP, "unknown", crate::rig::BALANCE, "").status, 403);
    rig.now_ms += 100_000;
    assert_eq!(rig.get(SHOP), "");
    let by: Vec<_> = rig.platform.calls(0, None).iter().map(|call| call.refused_by).collect();
    let (app, lock) = (Some(RefusedBy::App), Some(RefusedBy::Lock));
    assert_eq!(by, [None, app, app, app, lock, lock, lock, None]);
}

#[test]
fn old_refusals_and_those_of_shops_do_not_lock() {
    let mut rig = Rig::with_campaigns(1);
    rig.behave(|behaviour| {
        (behaviour.rate.per_app, behaviour.rate.burst) = (Some(0.001), Some(1));
        behaviour.lock = Lock { after_refusals: Some(2), seconds: 100 };
    });
    assert_eq!(rig.get(SHOP), "");
    for _ in 0..5 {
        rig.now_ms += 60_000;
        assert_eq!(rig.get(SHOP), TOTAL);
    }
    rig.behave(|behaviour| (behaviour.rate.per_app, behaviour.rate.per_shop) = (None, Some(0.001)));
    assert_eq!(rig.get(SHOP), "");
    for _ in 0..5 {
        assert_eq!(rig.get(SHOP), "ads_rate_limit_shop_api");
    }
    assert!(rig.platform.calls(0, None).iter().all(|call| call.refused_by != Some(RefusedBy::Lock)));
}

#[test]
fn the_lock_answers_in_the_apps_style() {
    let rig = Rig::with_campaigns(1);
    rig.behave(|behaviour| {
        (behaviour.rate.per_app, behaviour.rate.burst) = (Some(0.001), Some(1));
        behaviour.lock.after_refusals = Some(1);
        (behaviour.app_refusal, behaviour.retry_after_s) = (AppRefusal::Empty429, Some(9));
    });
    for _ in 0..2 {
        rig.get(SHOP);
    }
    let reply = rig.get_with(SHOP, "access-987654", crate::rig::BALANCE, "");
    assert_eq!((reply.status, reply.retry_after_s, reply.body.as_slice()), (429, Some(9), &b""[..]));
    rig.behave(|behaviour| behaviour.app_refusal = AppRefusal::Partner200);
    assert_eq!(rig.get(SHOP), "ads.rate_limit.exceed_partner_api");
    assert_eq!(rig.platform.calls(2, None)[0].time_ms, START_MS);
}
