//! What happens when nothing goes wrong, and the answers to questions asked twice.

use crate::world::{World, fast};
use sync_core::*;

fn end(world: &World) -> Option<End> {
    world.shop.run.as_ref().and_then(|run| run.header.end.clone())
}

#[test]
fn a_chunked_run_completes_with_its_receipt() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    assert_eq!(world.list(generation, 917), None);
    assert_eq!(world.queue.len(), 8, "only the window is sent");
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
    let shown = world.shown.unwrap();
    assert_eq!((shown.total_chunks, shown.chunks_planned, shown.synced_campaigns), (10, 21, 917));
    assert_eq!((shown.stage, shown.current_chunk), (ProjectedStage::Completed, 10));
    assert_eq!((shown.receipt.planned, shown.receipt.written, shown.receipt.retries), (917, 917, 0));
}

#[test]
fn a_listing_that_is_lost_and_made_again_is_one_retry() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    world.apply(|shop, event| shop.claim_listing(event, generation)).expect("the listing is free");
    let lease_ms = world.shop.run.as_ref().and_then(|run| run.header.listing.lease_until_ms);
    world.now_ms = lease_ms.unwrap();
    world.apply(|shop, event| shop.alarm(event));
    world.list(generation, 917);
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
    assert_eq!(world.shown.unwrap().receipt.retries, 1);
}

#[test]
fn who_lists_and_waits_for_a_permit_keeps_the_lease() {
    let mut world = World::new();
    let settings = Settings { lease_seconds: 5, max_attempts: 1, ..Settings::default() };
    let generation = world.begin("a", settings).generation();
    let lease =
        world.apply(|shop, event| shop.claim_listing(event, generation)).expect("the listing is free");
    let rate_limits = RateLimits {
        app: AppId(1),
        shop_calls_per_second: 2.0,
        app_calls_per_second: 3.0,
        breaker_seconds: 300,
    };
    let request = PermitRequest {
        generation: Some(generation),
        attempt: None,
        wanted: 1,
        answered: 0,
        rate_limits,
        reserved_ms: None,
        endpoint: None,
        precedence: Precedence::Run,
    };
    let until_ms = world.now_ms + 8_000;
    world.apply(|shop, event| shop.permit(event, &request));
    let slots = SlotReply::Slots { at_ms: vec![until_ms], share: 1.0, probe: false, closed: Vec::new() };
    world.apply(|shop, event| shop.granted(event, Precedence::Run, &slots));
    let reply = world.apply(|shop, event| shop.permit(event, &request));
    assert!(matches!(reply, PermitReply::Wait { .. }), "{reply:?}");
    world.now_ms = until_ms;
    world.apply(|shop, event| shop.alarm(event));
    let page = ListedPage { offset: 0, ids: vec![1], rows: 1, has_next_page: false };
    let reply = world.apply(|shop, event| shop.page(event, generation, lease.attempt, &page));
    assert!(matches!(reply, PageReply::Planned { .. }), "{reply:?}");
}

#[test]
fn a_small_shop_runs_directly_without_messages() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    let mut next = world.list(generation, 150).map(Box::new);
    let mut steps = 0;
    while let Some(work) = next {
        assert!(work.direct);
        next = world.succeed(&work).next.work;
        steps += 1;
    }
    assert_eq!((steps, world.queue.len()), (5, 0), "2 + 2 chunks and the shop totals");
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
}

#[test]
fn a_shop_without_campaigns_still_has_totals() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    let work = world.list(generation, 0).expect("the shop totals");
    assert_eq!((work.key.stage, work.ids.len()), (Stage::ShopTotals, 0));
    world.succeed(&work);
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
}

#[test]
fn a_second_job_joins_only_a_run_that_is_known_to_be_wanted() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    assert_eq!(world.begin("a", Settings::default()), BeginReply::Resumed { generation });
    world.list(generation, 500);
    world.now_ms += 10;
    assert_eq!(world.begin("b", Settings::default()), BeginReply::Verifying { generation });
    let asked = world.now_ms;
    world.now_ms += 10;
    world.alarm();
    assert!(world.shop.run.as_ref().unwrap().header.verified_ms > asked);
    world.now_ms -= 10;
    assert_eq!(world.begin("b", Settings::default()), BeginReply::Joined { generation });
    world.settle();
    assert_eq!(world.shown.as_ref().unwrap().jobs, ["a", "b"]);
    assert_eq!(world.begin("a", Settings::default()), BeginReply::Over { generation });
    assert_eq!(world.begin("c", Settings::default()), BeginReply::Begun { generation: generation.next() });
}

#[test]
fn a_reset_cancels_the_run_and_the_next_one_is_new() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    world.list(generation, 500);
    let message = world.queue.remove(0);
    world.deliver(&message);
    let work = world.leased.remove(0);
    let reply = world.commit(&work, AttemptOutcome::Fenced);
    assert_eq!((reply.verdict, reply.next.work), (CommitVerdict::Recorded, None));
    assert!(matches!(end(&world), Some(End::Cancelled { .. })));
    assert!(matches!(world.begin("b", Settings::default()), BeginReply::Closing { .. }));
    world.settle();
    let next = world.begin("b", Settings::default()).generation();
    assert!(next > generation);
    assert_eq!(world.succeed(&work).verdict, CommitVerdict::Stale, "an old run's commit changes nothing");
}

#[test]
fn ids_that_repeat_and_pages_that_bring_nothing_new_end_the_listing() {
    let mut world = World::new();
    let generation = world.begin("a", Settings { list_page_size: 3, ..Settings::default() }).generation();
    let lease = world.apply(|shop, event| shop.claim_listing(event, generation)).unwrap();
    let mut page = |offset, ids: &[i64]| {
        let page = ListedPage { offset, ids: ids.to_vec(), rows: ids.len() as u32, has_next_page: true };
        world.apply(|shop, event| shop.page(event, generation, lease.attempt, &page))
    };
    assert_eq!(page(0, &[1, 2, 3]), PageReply::Next { offset: 2 });
    assert_eq!(page(0, &[1, 2, 3]), PageReply::Next { offset: 2 }, "told twice, taken once");
    assert_eq!(page(2, &[9, 4]), PageReply::Next { offset: 1 }, "a row was missed: back");
    assert_eq!(page(1, &[3, 8, 9]), PageReply::Next { offset: 3 });
    assert_eq!(page(3, &[9, 4, 2]), PageReply::Next { offset: 5 });
    assert!(matches!(page(5, &[2, 4]), PageReply::Planned { .. }), "nothing new: the end");
    // A list that was read as a whole is in the order of its ids.
    assert_eq!(world.shop.run.as_ref().unwrap().plan, [1, 2, 3, 4, 8, 9]);
}

#[test]
fn a_reset_that_is_seen_twice_is_still_written_down() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    world.list(generation, 500);
    let message = world.queue.remove(0);
    world.deliver(&message);
    let picture = world.shop.projection(world.now_ms).expect("the plan is shown at once");
    let work = world.leased.remove(0);
    world.commit(&work, AttemptOutcome::Fenced);
    world.apply(|shop, event| shop.projected(event, generation, picture.rev, ProjectionResult::Reset));
    assert!(!world.shop.run.as_ref().unwrap().is_closed(), "nobody has told Postgres of the end");
    let last = world.shop.projection(world.now_ms).expect("the end is written");
    assert!(last.cancelled.is_some());
}

#[test]
fn a_run_that_ends_while_it_is_reset_counts_as_cancelled() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    let mut next = world.list(generation, 5).map(Box::new);
    while let Some(work) = next {
        next = world.succeed(&work).next.work;
    }
    let last = world.shop.projection(world.now_ms).expect("the end is shown");
    assert_eq!(last.stage, ProjectedStage::Completed);
    world.apply(|shop, event| shop.projected(event, generation, last.rev, ProjectionResult::Reset));
    assert!(world.shop.projection(world.now_ms).expect("the end is written").cancelled.is_some());
}

/// Lets time pass while every start message is dropped, as for a job whose row is gone.
fn drop_start_messages(world: &mut World) {
    for _ in 0..100 {
        let Some(at) = world.shop.next_alarm_ms(world.now_ms) else { return };
        world.now_ms = at.max(world.now_ms);
        world.alarm();
        world.starts.clear();
    }
    panic!("the run never ended");
}

#[test]
fn a_run_that_nobody_lists_ends_and_makes_room() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    drop_start_messages(&mut world);
    assert!(matches!(end(&world), Some(End::Failed { .. })));
    assert_eq!(world.begin("b", Settings::default()), BeginReply::Begun { generation: generation.next() });
}

#[test]
fn a_listing_whose_consumer_is_lost_for_good_ends_with_the_reason() {
    let mut world = World::new();
    let generation = world.begin("a", Settings::default()).generation();
    world.apply(|shop, event| shop.claim_listing(event, generation)).expect("the listing is free");
    drop_start_messages(&mut world);
    assert_eq!(world.shown.expect("the end is shown").stage, ProjectedStage::Failed);
}

#[test]
fn a_retry_takes_over_what_is_done_and_tries_the_rest_again() {
    let mut world = World::new();
    let settings = Settings { max_attempts: 1, dynamic_chunks: false, ..Settings::default() };
    let first = world.begin("a", settings.clone()).generation();
    world.list(first, 500);
    let message = world.queue.remove(0);
    world.deliver(&message);
    let work = world.leased.remove(0);
    let failure = AttemptFailure {
        class: shopee::ErrorClass::Retry,
        message: "no".to_owned(),
        retry_after_s: None,
        calls: 1,
        endpoint: None,
    };
    world.commit(&work, AttemptOutcome::Failed { failure });
    world.settle();
    assert!(matches!(end(&world), Some(End::Failed { .. })));
    let second = world.begin_of("b", settings.clone(), Some(first)).generation();
    assert!(second > first);
    world.apply(|shop, event| {
        assert_eq!(shop.claim_listing(event, second), None, "the plan is there already")
    });
    assert_eq!(world.queue.len(), 1, "only the chunk that failed");
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
    let receipt = world.shown.as_ref().map(|shown| shown.receipt.clone()).unwrap();
    assert_eq!((receipt.planned, receipt.carried_chunks, receipt.calls), (500, 10, 1));
    let refused = world.begin_of("c", settings, Some(second));
    assert!(matches!(refused, BeginReply::Refused { .. }), "nothing has failed: {refused:?}");
}

#[test]
fn a_paused_run_hands_out_nothing_until_it_is_resumed() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    world.list(generation, 917);
    let messages = std::mem::take(&mut world.queue);
    world.apply(|shop, event| shop.request(event, generation, RunAction::Pause, "somebody").unwrap());
    for message in &messages {
        world.deliver(message);
    }
    assert!(world.leased.is_empty() && world.queue.is_empty());
    let conflict = world.apply(|shop, event| shop.request(event, generation, RunAction::Pause, "somebody"));
    assert_eq!(conflict.unwrap_err().code, "already_paused");
    world.apply(|shop, event| shop.request(event, generation, RunAction::Resume, "somebody").unwrap());
    assert_eq!(world.queue.len(), 8);
    world.settle();
    assert_eq!(end(&world), Some(End::Completed));
}
