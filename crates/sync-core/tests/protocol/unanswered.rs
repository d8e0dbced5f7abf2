//! Start messages that nobody answers, as while Postgres is away.

use super::world::World;
use sync_core::*;

/// Rings until there is nothing to wait for. Answers with the pauses between the messages, in seconds.
fn unanswered(world: &mut World) -> Vec<i64> {
    let (mut pauses, mut last_ms) = (Vec::new(), world.now_ms);
    while let Some(at_ms) = world.shop.next_alarm_ms(world.now_ms) {
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

/// Nobody had told Postgres of the run, and nobody else will: the message that comes at last does.
#[test]
fn the_end_of_a_run_that_was_given_up_is_told_by_the_message_that_comes_at_last() {
    let (mut world, generation) = begun(10);
    unanswered(&mut world);
    assert!(world.shop.projection(world.now_ms).is_none(), "its row may not be there");
    assert_eq!(world.begin("job", Settings::default()), BeginReply::Resumed { generation });
    assert_eq!(world.apply(|shop, event| shop.claim_listing(event, generation)), None);
    let told = world.shop.projection(world.now_ms).expect("the end is shown");
    assert!(told.is_final() && told.error_message.is_some(), "{told:?}");
    let rev = told.rev;
    world.apply(|shop, event| shop.projected(event, generation, rev, ProjectionResult::Written));
    assert_eq!(world.begin("job", Settings::default()), BeginReply::Over { generation });
}
