//! Work that begins before the work that leads to it has ended, and consumers that go on with the next chunk.

use crate::world::{World, fast};
use sync_core::*;

/// Reports the pages of a list of `count` campaigns, up to so many of them.
fn pages(world: &mut World, generation: Generation, count: i64, most: usize) {
    let lease = world.apply(|shop, event| shop.claim_listing(event, generation)).expect("nobody lists");
    let mut offset = lease.offset;
    for _ in 0..most {
        let end = (offset + 1_000).min(count as u64);
        let ids: Vec<i64> = (offset as i64..end as i64).collect();
        let has_next_page = end < count as u64;
        let page = ListedPage { offset, rows: ids.len() as u32, ids, has_next_page };
        match world.apply(|shop, event| shop.page(event, generation, lease.attempt, &page)) {
            PageReply::Next { offset: next } => offset = next,
            reply => return assert!(matches!(reply, PageReply::Planned { .. })),
        }
    }
}

#[test]
fn chunks_begin_with_the_first_page() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    pages(&mut world, generation, 3_000, 1);
    let run = world.shop.run.as_ref().unwrap();
    assert_eq!((run.header.phase, run.header.mode), (Phase::Listing, None));
    assert_eq!(world.queue.len(), 8, "the window");
    let first = world.queue.remove(0);
    world.deliver(&first);
    let work = world.leased.remove(0);
    assert_eq!((work.ids.len(), work.listed.clone()), (100, None), "it does not speak for the listing");
    assert!(world.succeed(&work).next.work.is_none(), "a fifth is left until the listing has ended");
    world.now_ms += i64::from(Settings::default().lease_seconds) * 1_000;
    world.apply(|shop, event| shop.alarm(event));
    pages(&mut world, generation, 3_000, 9);
    world.settle();
    assert_eq!(world.shop.run.as_ref().unwrap().header.end, Some(End::Completed));
    assert!(world.written.iter().all(|(_, times)| *times == 1 || *times == 2), "{:?}", world.written);
}

#[test]
fn a_run_that_fails_in_its_listing_is_not_retried_by_chunks() {
    let mut world = World::new();
    let settings = Settings { max_attempts: 1, ..Settings::default() };
    let generation = world.begin("a", settings.clone()).generation();
    pages(&mut world, generation, 3_000, 1);
    world.now_ms += i64::from(settings.lease_seconds) * 1_000;
    world.apply(|shop, event| shop.alarm(event));
    let run = world.shop.run.as_ref().unwrap();
    assert!(matches!(run.header.end, Some(End::Failed { .. })), "{:?}", run.header.end);
    assert_eq!(run.state(), RunState::FailedUnplanned);
    assert!(run.chunks.values().all(|chunk| chunk.state.is_terminal()));
}

#[test]
fn performance_begins_when_the_first_settings_are_known() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    world.list(generation, 900);
    let messages = std::mem::take(&mut world.queue);
    messages.iter().for_each(|message| world.deliver(message));
    let stage_of = |work: &Work| (work.key.stage, work.key.index);
    // All but the first are done: none of their campaigns has its place in the second stage yet.
    let works = std::mem::take(&mut world.leased);
    let mut next: Vec<_> = works[1..].iter().filter_map(|work| world.succeed(work).next.work).collect();
    next.sort_by_key(|work| stage_of(work));
    assert!(next.iter().all(|work| work.key.stage != Stage::Performance), "{next:?}");
    world.succeed(&works[0]);
    world.apply(|shop, event| shop.alarm(event));
    let started = world.queue.iter().any(|message| message.stage == Stage::Performance);
    let run = world.shop.run.as_ref().unwrap();
    assert!(run.header.phase == Phase::Campaigns && started, "{:?}", world.queue);
    next.iter().for_each(|work| drop(world.succeed(work)));
    world.settle();
    assert_eq!(world.performed(generation).len(), 900);
}

#[test]
fn a_lane_goes_on_within_the_window() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    world.list(generation, 2_000);
    let messages = std::mem::take(&mut world.queue);
    messages.iter().for_each(|message| world.deliver(message));
    let works = std::mem::take(&mut world.leased);
    let next = world.succeed(&works[0]).next.work.expect("the place is its own again");
    assert!(world.queue.is_empty(), "nobody else gets it");
    assert_eq!((next.key.index, next.attempt), (8, 1));
    let again = world.succeed(&works[0]);
    assert_eq!(
        (again.verdict, again.next.work),
        (CommitVerdict::AlreadyDone, None),
        "a commit that comes twice"
    );
    assert!(world.succeed(&works[1]).next.work.is_none(), "this one hands its place back");
    assert_eq!(world.queue.len(), 1);
}

#[test]
fn a_lane_takes_a_chunk_whose_message_is_slow_and_the_message_is_for_another() {
    let mut world = World::new();
    let generation = world.begin("a", fast()).generation();
    world.list(generation, 2_000);
    let slow = world.queue.remove(0);
    let messages = std::mem::take(&mut world.queue);
    messages.iter().for_each(|message| world.deliver(message));
    let works = std::mem::take(&mut world.leased);
    world.now_ms += MESSAGE_SLOW_MS - 1;
    assert_eq!(world.succeed(&works[0]).next.work.expect("a place").key.index, 8, "it may still come soon");
    world.now_ms += 1;
    let next = world.succeed(&works[1]).next.work.expect("a place");
    assert_eq!((next.key, next.attempt), (slow.key(), 1));
    assert!(world.queue.is_empty(), "no further message is needed");
    world.deliver(&slow);
    assert_eq!(world.leased.last().map(|work| work.key.index), Some(9), "which the lane would have taken");
    world.deliver(&slow);
    assert_eq!(world.leased.len(), 1, "of two copies one gets it");
}

/// A run whose first page is used up: as many lanes as the window has look again.
fn starved(world: &mut World) -> (Generation, ListingLease, u64) {
    let generation = world.begin("a", fast()).generation();
    let lease = world.apply(|shop, event| shop.claim_listing(event, generation)).expect("nobody lists");
    let offset = page(world, generation, &lease, 0);
    let messages = std::mem::take(&mut world.queue);
    messages.iter().for_each(|message| world.deliver(message));
    let works = std::mem::take(&mut world.leased);
    for work in works {
        let commit = |shop: &mut Shop, event| {
            let result = ChunkResult { written: work.ids.len() as u32, calls: 1, ..ChunkResult::default() };
            let outcome = AttemptOutcome::Done { result, spenders: None };
            shop.commit(event, generation, work.key, work.attempt, outcome, true).next
        };
        assert_eq!(world.apply(commit), Handout { work: None, look_again: true });
    }
    assert!(world.queue.is_empty());
    (generation, lease, offset)
}

/// Reports the page that begins at a row, of many; the answer is where the next one begins.
fn page(world: &mut World, generation: Generation, lease: &ListingLease, offset: u64) -> u64 {
    let ids: Vec<i64> = (offset as i64..offset as i64 + 1_000).collect();
    let page = ListedPage { offset, rows: 1_000, ids, has_next_page: true };
    match world.apply(|shop, event| shop.page(event, generation, lease.attempt, &page)) {
        PageReply::Next { offset } => offset,
        reply => panic!("{reply:?}"),
    }
}

#[test]
fn a_lane_without_a_chunk_looks_again_while_the_listing_goes_on() {
    let mut world = World::new();
    let (generation, lease, offset) = starved(&mut world);
    world.now_ms += LOOK_AGAIN_MS;
    let next = |world: &mut World| world.apply(|shop, event| shop.next(event, generation));
    assert_eq!(next(&mut world), Handout { work: None, look_again: true }, "still nothing");
    page(&mut world, generation, &lease, offset);
    assert!(world.queue.is_empty(), "no message is needed: {:?}", world.queue);
    // Of 1,950 campaigns a fifth is left until the listing has ended, and 800 are done.
    for index in 8..15 {
        let work = next(&mut world).work.expect("a chunk for each lane");
        assert_eq!((work.key.index, work.attempt), (index, 1));
    }
    assert_eq!(next(&mut world), Handout { work: None, look_again: true }, "nothing is left for the eighth");
}

#[test]
fn a_message_takes_the_place_of_a_lane_that_does_not_come_back() {
    let mut world = World::new();
    let (generation, lease, offset) = starved(&mut world);
    let missed_ms = world.now_ms + LANE_MISSED_MS;
    page(&mut world, generation, &lease, offset);
    assert_eq!(world.shop.next_alarm_ms(world.now_ms), Some(missed_ms));
    world.now_ms = missed_ms;
    world.alarm();
    assert_eq!(world.queue.len(), 7, "all that are ready");
}
