//! Start messages that nobody answers, as while Postgres is away.

use super::world::World;
use sync_core::*;

/// Rings until the run has ended. Answers with the pauses between the messages, in seconds.
fn unanswered(world: &mut World) -> Vec<i64> {
    let (mut pauses, mut last_ms) = (Vec::new(), world.now_ms);
    while world.shop.run.as_ref().is_some_and(Run::is_active) {
        let at_ms = world.shop.next_alarm_ms(world.now_ms).expect("it is looked after");
        world.now_ms = at_ms;
        world.apply(|_, _| ());
        if !std::mem::take(&mut world.starts).is_empty() {
            pauses.push((at_ms - last_ms) / 1_000);
            last_ms = at_ms;
        }
    }
    pauses
}

fn begun(queued_seconds: u32) -> (World, Generation) {
    let mut world = World::new();
    let settings = Settings { queued_seconds, ..Settings::default() };
    let reply = world.begin("job", settings);
    assert!(matches!(reply, BeginReply::Begun { .. }), "{reply:?}");
    (world, reply.generation())
}

#[test]
fn they_are_sent_less_and_less_often_until_the_run_is_given_up() {
    for (queued_seconds, pauses) in [
        (120, &[120, 240, 480, 900, 900, 900, 900][..]),
        (10, &[10, 20, 40, 80, 160, 320, 640]),
        (3_600, &[3_600; 7]),
    ] {
        let (mut world, _) = begun(queued_seconds);
        let begun_ms = world.now_ms;
        assert_eq!(unanswered(&mut world)[1..], *pauses);
        let run = world.shop.run.as_ref().unwrap();
        assert!(matches!(run.header.end, Some(End::Failed { .. })), "{:?}", run.header.end);
        let waited_s = (world.now_ms - begun_ms) / 1_000;
        assert!(waited_s > pauses.iter().sum::<i64>(), "the last one was waited for: {waited_s} s");
    }
}

/// Nobody has told Postgres of the run, or so it seems: whoever did may have died before saying so.
#[test]
fn the_end_of_a_run_that_was_given_up_is_shown_now_and_by_the_message_that_comes_at_last() {
    for row in [ProjectionResult::Unknown, ProjectionResult::Written] {
        let (mut world, generation) = begun(10);
        unanswered(&mut world);
        ends_shown_twice(world, generation, row);
    }
}

#[test]
fn so_is_the_end_of_a_run_that_was_cancelled_before_its_message_came() {
    for row in [ProjectionResult::Unknown, ProjectionResult::Written] {
        let (mut world, generation) = begun(10);
        let verb = RunAction::Cancel;
        world.apply(|shop, event| shop.request(event, generation, verb, "somebody")).expect("it is active");
        ends_shown_twice(world, generation, row);
    }
}

fn ends_shown_twice(mut world: World, generation: Generation, row: ProjectionResult) {
    let shown = |world: &mut World, result| {
        let told = world.shop.projection(world.now_ms).expect("the end is shown");
        assert!(told.is_final() && told.error_message.is_some(), "{told:?}");
        world.apply(|shop, event| shop.projected(event, generation, told.rev, result));
        told.error_message
    };
    assert_eq!(world.begin("another", Settings::default()), BeginReply::Closing { generation });
    let reason = shown(&mut world, row);
    assert!(world.shop.projection(world.now_ms).is_none());
    // The row may be there only now.
    assert_eq!(world.begin("job", Settings::default()), BeginReply::Resumed { generation });
    assert_eq!(world.apply(|shop, event| shop.claim_listing(event, generation)), None);
    assert_eq!(shown(&mut world, ProjectionResult::Written), reason);
    assert_eq!(world.begin("job", Settings::default()), BeginReply::Over { generation });
}
