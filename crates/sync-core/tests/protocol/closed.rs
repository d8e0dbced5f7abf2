//! A run of which one endpoint's calls of the day are used up.

use crate::world::World;
use shopee::{Endpoint, ErrorClass};
use sync_core::*;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_run_waits_for_a_closed_endpoint_and_works_on_what_needs_another() {
    let mut world = World::new();
    let settings = Settings { max_attempts: 1, direct_threshold: 0, ..Settings::default() };
    let generation = world.begin("a", settings).generation();
    world.list(generation, 2_000);
    let (mut refused, mut until_ms) = (false, i64::MAX);
    // Every message that is due is worked on, until the clock would pass the hour.
    while world.now_ms < until_ms {
        for message in std::mem::take(&mut world.queue) {
            assert!(!refused || message.stage != Stage::Performance, "its stage waits");
            world.deliver(&message);
        }
        while let Some(work) = world.leased.pop() {
            if work.key.stage == Stage::Performance {
                refused = true;
                until_ms = world.now_ms + HOUR_MS;
                let failure = AttemptFailure {
                    class: ErrorClass::PauseUntilQuotaDay,
                    message: "error_limit".to_owned(),
                    retry_after_s: None,
                    calls: 2,
                    endpoint: Some(Endpoint::CampaignHourly),
                };
                world.commit(&work, AttemptOutcome::Failed { failure });
                let reason = WaitReason::EndpointQuota(Endpoint::CampaignHourly);
                world.apply(|shop, event| shop.hold(event, Hold { until_ms, reason }));
                world.queue.retain(|message| message.stage != Stage::Performance);
            } else {
                let next = world.succeed(&work).next.work;
                world.leased.extend(next.map(|work| *work));
            }
        }
        world.alarm();
        let next_ms = world.shop.next_alarm_ms(world.now_ms).expect("the run is under way");
        world.now_ms = next_ms.max(world.now_ms);
    }
    let run = world.shop.run.as_ref().expect("the run");
    assert!(run.is_active() && run.chunks.values().all(|chunk| chunk.failures == 0), "nothing has failed");
    let totals = run.stage(Stage::ShopTotals).all(|chunk| chunk.state.is_terminal());
    assert!(totals && run.stage(Stage::Campaigns).all(|chunk| chunk.state.is_terminal()), "the rest went on");
    let wait = world.shown.as_ref().and_then(|shown| shown.wait).expect("it shows what it waits for");
    assert_eq!(wait.until_ms, until_ms);
    assert!(wait.reason.text().contains("ads.get_product_campaign_hourly_performance"));
    // The hour is over, and the call that tries it succeeds.
    world.settle();
    assert_eq!(world.shop.run.as_ref().and_then(|run| run.header.end.clone()), Some(End::Completed));
}
