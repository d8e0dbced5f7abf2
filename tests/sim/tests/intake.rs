//! More is due than can be at work at once.

use sim::{Calm, Place};

const PROCESSOR: &str = "*/5 * * * *";
const MINUTE_MS: i64 = 60_000;

/// Shops that are small; 20 are at work at once.
fn fleet(shops: u32) -> Calm {
    let calm = Calm::fleet(&Place::default(), shops, 4);
    calm.set("queue_batch", 20);
    calm
}

/// The shops in the order in which they were handed out, and the most that were at work at once.
fn handed_out(calm: &Calm) -> (Vec<i64>, usize) {
    let mut jobs = calm.jobs();
    jobs.sort_by_key(|job| (job.started_at_ms, job.scheduled_at_ms));
    let at_work = |at_ms| {
        let over = |job: &sim::db::Job| job.completed_at_ms.is_some_and(|ended_ms| ended_ms <= at_ms);
        jobs.iter().filter(|job| job.started_at_ms <= Some(at_ms) && !over(job)).count()
    };
    let most = jobs.iter().filter_map(|job| job.started_at_ms).map(at_work).max().unwrap_or(0);
    (jobs.iter().map(|job| job.shop_id).collect(), most)
}

/// So many ticks at most, one every five minutes, until nothing is due; then all comes to its end.
fn take_what_is_due(calm: &Calm, ticks: i64) {
    let began_ms = calm.now_ms();
    let open = || calm.jobs().iter().any(|job| job.completed_at_ms.is_none());
    for tick in 0..ticks {
        if open() {
            calm.wait_until(began_ms + tick * 5 * MINUTE_MS).expect("no violation");
            calm.tick(PROCESSOR);
        }
    }
    calm.settle().expect("all comes to its end");
    assert!(calm.jobs().iter().all(|job| job.status == "completed" && job.retry_count == 0));
}

#[test]
fn two_hundred_shops_that_are_due_are_done_in_one_tick_in_their_order() {
    let calm = fleet(200);
    let mut shops = calm.shops();
    shops.reverse();
    for (nth, shop) in shops.iter().enumerate() {
        calm.due(*shop, "realtime", calm.now_ms() - (1_000 - nth as i64) * MINUTE_MS);
    }
    let began_ms = calm.now_ms();
    calm.tick(PROCESSOR);
    calm.settle().expect("all comes to its end");
    assert!(calm.jobs().iter().all(|job| job.status == "completed"), "{:?}", calm.jobs().first());
    let (order, most) = handed_out(&calm);
    assert_eq!(order, shops);
    assert_eq!(most, 20);
    assert!(calm.now_ms() - began_ms < 5 * MINUTE_MS, "they waited for another tick");
}

#[test]
fn what_one_tick_leaves_the_next_one_takes_and_two_at_once_take_no_more() {
    let calm = fleet(120);
    calm.set("app_calls_per_second", 1.0);
    for shop in calm.shops() {
        calm.due(shop, "realtime", calm.now_ms());
    }
    let began_ms = calm.now_ms();
    for tick in 0..12 {
        calm.wait_until(began_ms + tick * 5 * MINUTE_MS).expect("no violation");
        calm.tick(PROCESSOR);
        calm.tick(PROCESSOR);
    }
    calm.settle().expect("all comes to its end");
    assert!(calm.jobs().iter().all(|job| job.status == "completed" && job.retry_count == 0));
    let (_, most) = handed_out(&calm);
    assert!(most <= 20, "{most} at once");
    assert!(calm.now_ms() - began_ms > 5 * MINUTE_MS, "one tick was enough");
}

/// Where batches run at once, as on the platform: the local queue works on one at a time, whose five calls in flight are fewer
/// than the app may make.
#[test]
fn five_hundred_shops_that_are_due_take_as_long_as_their_calls() {
    const CALLS_PER_SECOND: f64 = 50.0;
    // Two chunks of settings and two of performance.
    let calm = Calm::fleet(&Place::default(), 500, 20);
    calm.set("chunk_size", 10);
    calm.set("shop_calls_per_second", CALLS_PER_SECOND);
    calm.allow(CALLS_PER_SECOND);
    calm.answer_after(150);
    calm.without_figures();
    for shop in calm.shops() {
        calm.due(shop, "realtime", calm.now_ms());
    }
    let began_ms = calm.now_ms();
    take_what_is_due(&calm, 12);
    let ended_ms = calm.jobs().iter().filter_map(|job| job.completed_at_ms).max().unwrap_or(i64::MAX);
    let (took_s, calls) = ((ended_ms - began_ms) as f64 / 1_000.0, calm.calls().len() as f64);
    let ratio = took_s * CALLS_PER_SECOND / calls;
    println!("{calls} calls in {took_s:.1} s of virtual time: {ratio:.3} of the least");
    assert!(ratio <= 1.12, "calls that could have been made were not");
}

/// More than the ticks of an hour can take; `cargo test --profile sim -p sim --test intake -- --ignored`.
#[test]
#[ignore = "minutes without optimisation"]
fn five_thousand_shops_that_are_due_are_taken_in_their_order_as_fast_as_the_rate_allows() {
    let calm = fleet(5_000);
    let shops = calm.shops();
    for (nth, shop) in shops.iter().enumerate() {
        calm.due(*shop, "realtime", calm.now_ms() - (10_000 - nth as i64) * MINUTE_MS);
    }
    let began_ms = calm.now_ms();
    take_what_is_due(&calm, 60);
    let (order, most) = handed_out(&calm);
    assert_eq!(order, shops);
    assert_eq!(most, 20);
    let (took_s, calls) = ((calm.now_ms() - began_ms) / 1_000, calm.calls().len() as i64);
    println!("{calls} calls in {took_s} s at 10 a second");
    assert!(took_s * 10 <= calls * 12 / 10, "{calls} calls in {took_s} s");
}
