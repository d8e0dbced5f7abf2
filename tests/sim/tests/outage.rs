//! Postgres goes away and comes back.

use serde_json::json;
use sim::{Calm, Place};
use sync_flow::queues::Queue;

const PROCESSOR: &str = "*/5 * * * *";
const STUCK: &str = "*/10 * * * *";
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// 50 shops are due. Postgres is away from just after their messages were sent.
fn away_for(ms: i64) -> Calm {
    let calm = Calm::fleet(&Place::default(), 50, 4);
    let began_ms = calm.now_ms();
    for shop in calm.shops() {
        calm.due(shop, "realtime", began_ms);
    }
    calm.tick(PROCESSOR);
    while calm.jobs().iter().any(|job| job.status != "processing") {
        calm.wait_until(calm.now_ms() + 1).expect("no violation");
    }
    calm.leave_postgres(ms);
    // The schedules go on.
    for tick in 1..=ms / (5 * MINUTE_MS) {
        calm.wait_until(began_ms + tick * 5 * MINUTE_MS).expect("no violation");
        calm.tick(PROCESSOR);
        calm.tick(STUCK);
    }
    calm.settle().expect("all comes to its end");
    calm
}

#[test]
fn an_outage_costs_no_dead_letter_and_no_run() {
    for ms in [90 * SECOND_MS, 10 * MINUTE_MS, 20 * MINUTE_MS] {
        let calm = away_for(ms);
        assert!(calm.refused_by_postgres() >= 50, "the outage was over before anybody met it");
        assert_eq!(calm.letters(), [], "after {ms} ms");
        let ends: Vec<_> = calm.jobs().into_iter().filter(|job| job.status != "completed").collect();
        assert!(ends.is_empty(), "after {ms} ms: {ends:?}");
        assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    }
}

/// Postgres goes away while chunks are under way, with a pooler in front that takes connections meanwhile.
#[test]
fn an_outage_in_the_middle_of_a_run_costs_no_chunk() {
    for is_pooled in [false, true] {
        let calm = Calm::new(&Place::default(), 120);
        calm.set("chunk_size", 8);
        calm.set("direct_threshold", 0);
        if is_pooled {
            calm.put_a_pooler_in_front();
        }
        let began_ms = calm.now_ms();
        calm.due(calm.shops()[0], "realtime", began_ms);
        calm.tick(PROCESSOR);
        while calm.campaigns().0.is_empty() {
            calm.wait_until(calm.now_ms() + 10).expect("no violation");
        }
        calm.leave_postgres(10 * MINUTE_MS);
        calm.settle().expect("all comes to its end");
        assert!(calm.refused_by_postgres() > 5, "the outage was over before anybody met it");
        let ends: Vec<_> = calm.jobs().into_iter().filter(|job| job.status != "completed").collect();
        assert!(ends.is_empty(), "{ends:?}");
        assert_eq!(calm.letters(), []);
    }
}

/// A shop whose start message the queue gives up, because Postgres is away.
fn given_up() -> Calm {
    let calm = Calm::new(&Place::default(), 4);
    let shop = calm.shops()[0];
    calm.due(shop, "realtime", calm.now_ms());
    let job = calm.claim_without_message();
    let body = json!({ "v": 1, "shop_id": shop, "job_id": job, "asked_at_ms": calm.now_ms() });
    calm.leave_postgres(30 * MINUTE_MS);
    calm.last_delivery(Queue::Start.name(), &body.to_string());
    calm.settle_messages().expect("the letter is kept");
    assert_eq!(calm.letters(), [(Queue::Start.name().to_owned(), body.to_string())]);
    assert_eq!(calm.alerts(), ["dead_letters"]);
    calm
}

#[test]
fn a_dead_letter_outlives_the_outage_and_its_shop_is_due_at_once() {
    let calm = given_up();
    let job = &calm.jobs()[0];
    assert_eq!((job.status.as_str(), job.retry_count), ("pending", 1));
    calm.tick(STUCK);
    calm.wait_until(calm.now_ms() + MINUTE_MS).expect("no violation");
    assert_eq!(calm.alerts(), ["dead_letters"], "its row stands");
    calm.tick(PROCESSOR);
    calm.settle().expect("all comes to its end");
    assert_eq!(calm.jobs()[0].status, "completed");
    calm.tick(STUCK);
    calm.settle().expect("all comes to its end");
    assert!(calm.alerts().is_empty(), "{:?}", calm.alerts());
    let refused = calm.replay().expect_err("its row has ended");
    assert!(refused.contains("job_ended"), "{refused}");
}

#[test]
fn a_dead_letter_is_replayed_while_its_row_stands() {
    let calm = given_up();
    calm.replay().expect("its row stands in line");
    calm.settle().expect("all comes to its end");
    assert_eq!(calm.jobs()[0].status, "completed");
}
