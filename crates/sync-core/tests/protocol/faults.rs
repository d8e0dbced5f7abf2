//! Random faults in random order; the invariants are checked after every event, the end when the faults stop.

use crate::world::World;
use proptest::prelude::*;
use shopee::ErrorClass;
use sync_core::*;

/// Something that happens.
#[derive(Clone, Debug)]
enum Op {
    Deliver(usize),
    DeliverTwice(usize),
    Lose(usize),
    Succeed(usize),
    SucceedTwice(usize),
    Fail(usize, ErrorClass),
    Crash(usize),
    Late(usize),
    Evict,
    Alarm,
    Wait(i64),
    Reset,
    Begin,
}

fn class() -> impl Strategy<Value = ErrorClass> {
    prop_oneof![Just(ErrorClass::Retry), Just(ErrorClass::PauseShop), Just(ErrorClass::UnknownOutcome)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => any::<usize>().prop_map(Op::Deliver),
        2 => any::<usize>().prop_map(Op::DeliverTwice),
        1 => any::<usize>().prop_map(Op::Lose),
        6 => any::<usize>().prop_map(Op::Succeed),
        1 => any::<usize>().prop_map(Op::SucceedTwice),
        2 => (any::<usize>(), class()).prop_map(|(n, class)| Op::Fail(n, class)),
        1 => any::<usize>().prop_map(Op::Crash),
        1 => any::<usize>().prop_map(Op::Late),
        1 => Just(Op::Evict),
        3 => Just(Op::Alarm),
        3 => (1i64..90_000).prop_map(Op::Wait),
        1 => prop_oneof![30 => Just(Op::Alarm), 1 => Just(Op::Reset)],
        1 => Just(Op::Begin),
    ]
}

fn take<T>(items: &mut Vec<T>, n: usize) -> Option<T> {
    if items.is_empty() { None } else { Some(items.swap_remove(n % items.len())) }
}

fn perform(world: &mut World, op: Op, late: &mut Vec<Work>) {
    match op {
        Op::Deliver(n) => {
            if let Some(message) = take(&mut world.queue, n) {
                world.deliver(&message);
            }
        }
        Op::DeliverTwice(n) => {
            if let Some(message) = take(&mut world.queue, n) {
                let before = world.leased.len();
                world.deliver(&message);
                world.deliver(&message);
                assert!(world.leased.len() <= before + 1, "one copy gets the lease");
            }
        }
        Op::Lose(n) => drop(take(&mut world.queue, n)),
        Op::Succeed(n) => {
            if let Some(work) = take(&mut world.leased, n) {
                let next = world.succeed(&work).next;
                world.leased.extend(next.map(|work| *work));
            }
        }
        Op::SucceedTwice(n) => {
            if let Some(work) = take(&mut world.leased, n) {
                let first = world.succeed(&work);
                world.leased.extend(first.next.map(|work| *work));
                assert_ne!(world.succeed(&work).verdict, Verdict::Recorded, "told twice, recorded once");
            }
        }
        Op::Fail(n, class) => {
            if let Some(work) = take(&mut world.leased, n) {
                let failure = Failure { class, message: "no".to_owned(), retry_after_s: None, calls: 1 };
                let next = world.commit(&work, Outcome::Failed { failure }).next;
                world.leased.extend(next.map(|work| *work));
            }
        }
        Op::Crash(n) => drop(take(&mut world.leased, n)),
        Op::Late(n) => late.extend(take(&mut world.leased, n)),
        Op::Evict => world.evict(),
        Op::Alarm => world.alarm(),
        Op::Wait(ms) => world.now_ms += ms,
        Op::Reset => world.reset |= world.shop.run.as_ref().is_some_and(Run::is_active),
        Op::Begin => {
            let generation = world.begin("again", Settings::default()).generation();
            let listing = world.shop.run.as_ref().unwrap().header.phase == Phase::Listing;
            if listing && world.shop.run.as_ref().unwrap().header.listing.lease_until_ms.is_none() {
                let work = world.list(generation, 777);
                world.leased.extend(work);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_a_run_ends_and_never_lies(
        count in 0i64..900,
        window in 1u32..8,
        max_attempts in 1u32..6,
        ops in proptest::collection::vec(op(), 0..200),
    ) {
        let mut world = World::new();
        let settings = Settings { window_chunks: window, max_attempts, ..Settings::default() };
        let generation = world.begin("first", settings).generation();
        let work = world.list(generation, count);
        world.leased.extend(work);
        let mut late = Vec::new();
        for op in ops {
            perform(&mut world, op, &mut late);
        }
        world.settle();
        for work in late {
            let before = world.shop.run.clone();
            world.succeed(&work);
            prop_assert_eq!(&world.shop.run, &before, "a late commit changes nothing that has ended");
        }
        let run = world.shop.run.as_ref().unwrap();
        match run.header.end.as_ref().unwrap() {
            End::Completed => {}
            End::Failed { message } => prop_assert!(!message.is_empty()),
            End::Cancelled { .. } => prop_assert!(world.reset),
        }
    }
}
