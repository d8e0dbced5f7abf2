//! A platform that refuses windows of one day.

use serde_json::json;
use sim::{Calm, Place};

/// The day before is asked for too; it is not stored.
#[test]
fn one_day_is_fetched_where_windows_of_one_day_are_refused() {
    let calm = Calm::new(&Place::default(), 30);
    calm.behave(|behaviour| {
        behaviour.strict_same_dates = true;
        behaviour.data_as_of_ms = Some(calm.now_ms());
    });
    let run = calm.sync("backfill_day", json!({ "days_ago": 3 }), 2.0).expect("a run that completes");
    let day = run.header.window.daily_from;
    assert_eq!(run.header.window.daily_to, day);
    let code = Some("ads.performance.error_same_start_end_dates");
    let refused = calm.calls().into_iter().filter(|call| call.error.as_deref() == code).count();
    // Each chunk tries it once, and so do the shop's totals.
    assert_eq!(refused, run.chunks.len(), "windows of one day were not refused");
    let days = [day].into();
    let truth = calm.truth(&days, &days).expect("the truth");
    assert!(truth.keys().any(|key| key.1 != 0), "no campaign had any traffic");
    assert_eq!(calm.stored(), truth);
}
