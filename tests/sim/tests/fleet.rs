//! Many shops that are due at once use all calls that their app may make. Locally the queue of the runtime hands out one batch at
//! a time, which five calls in flight keep from showing this.

use sim::{Calm, Place};

const SHOPS: u32 = 500;
/// Two chunks of settings and two of performance.
const CAMPAIGNS: u32 = 20;
const CALLS_PER_SECOND: f64 = 50.0;
/// What a call takes, in milliseconds.
const ANSWER_MS: i64 = 150;
const MINUTE_MS: i64 = 60_000;

#[test]
fn five_hundred_shops_take_as_long_as_their_calls() {
    let calm = Calm::fleet(&Place::default(), SHOPS, CAMPAIGNS);
    calm.answer_after(ANSWER_MS);
    calm.allow(CALLS_PER_SECOND);
    calm.behave(|behaviour| behaviour.data_as_of_ms = Some(calm.now_ms() - 20 * 86_400_000));
    calm.set("shop_calls_per_second", CALLS_PER_SECOND);
    calm.set("chunk_size", CAMPAIGNS / 2);
    for shop in calm.shops() {
        calm.due(shop, "realtime", calm.now_ms());
    }
    let began_ms = calm.now_ms();
    let open = || calm.jobs().iter().any(|job| job.completed_at_ms.is_none());
    for tick in 0..12 {
        if open() {
            calm.wait_until(began_ms + tick * 5 * MINUTE_MS).expect("no violation");
            calm.tick("*/5 * * * *");
        }
    }
    calm.settle().expect("all comes to its end");
    assert!(calm.jobs().iter().all(|job| job.status == "completed" && job.retry_count == 0));
    let ended_ms =
        calm.jobs().iter().filter_map(|job| job.completed_at_ms).max().expect("they are completed");
    let (took_s, calls) = ((ended_ms - began_ms) as f64 / 1_000.0, calm.calls().len() as f64);
    let ratio = took_s * CALLS_PER_SECOND / calls;
    println!("{calls} calls in {took_s:.1} s of virtual time: {ratio:.3} of the least");
    assert!(ratio <= 1.12, "calls that could have been made were not");
}
