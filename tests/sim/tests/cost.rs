//! What a run costs on the platform, counted where each port is called. `docs/cost.md` is made from these figures.

use serde_json::json;
use sim::{Calm, Cost, Place};

/// Campaigns of the run: as many chunks as a shop of 10,000 has at the default size.
const CAMPAIGNS: u32 = 2_000;
const CHUNK_SIZE: u32 = 20;
/// What a call takes, in milliseconds.
const ANSWER_MS: i64 = 150;

/// A run's chunks, and what the platform bills for it.
fn run(calls_per_second: f64) -> (usize, Cost) {
    let calm = Calm::new(&Place::default(), CAMPAIGNS);
    calm.answer_after(ANSWER_MS);
    calm.allow(calls_per_second);
    calm.without_figures();
    let settings = json!({ "shop_calls_per_second": calls_per_second, "chunk_size": CHUNK_SIZE, "list_page_size": 200,
                           "direct_threshold": 0, "realtime_all_campaigns": true });
    let run = calm.sync_with("realtime", json!({}), settings).expect("a run that completes");
    println!("{} chunks at {calls_per_second} calls a second: {:?}", run.chunks.len(), calm.cost());
    (run.chunks.len(), calm.cost())
}

#[test]
fn a_chunk_costs_no_more_than_its_budget() {
    for calls_per_second in [1_000.0, 18.0] {
        let (chunks, cost) = run(calls_per_second);
        assert_eq!(chunks, 201, "100 of settings, 100 of performance, the shop's totals");
        let a_chunk = |count: u64| count as f64 / chunks as f64;
        assert!(a_chunk(cost.queue_operations) <= 0.6, "queue operations");
        assert!(a_chunk(cost.object_requests) <= 2.0, "object requests");
        assert!(a_chunk(cost.object_rows) <= 6.0, "rows of objects");
        assert!(a_chunk(cost.statements) <= 1.5, "statements");
        assert!(a_chunk(cost.invocations) <= 0.2, "invocations");
    }
}
