//! The steps of a write, case by case. `>` is what the write asks for, the rest is what it observes.

use super::*;

const NO_CONTEXT: RailContext = RailContext { day_start: None, others_hundredths: Some(0) };

fn intent(budget: &str) -> Intent {
    let slot = parsed(&row(1)).slot(day("2026-03-01"));
    Intent::new(
        (7, Action::Apply, clock(at("2026-03-01 08:00"))),
        slot,
        money(budget),
        &CampaignMemory::default(),
    )
}

fn setting(word: &str) -> Observation {
    let (budget, rest) = word.split_once(' ').unwrap_or((word, "ongoing manual"));
    let (status, ad_type) = rest.split_once(' ').unwrap();
    Observation::Setting { budget: money(budget), status: status.into(), ad_type: ad_type.into() }
}

fn seen(word: &str) -> Observation {
    let message = "words".to_owned();
    match word {
        "fails" => Observation::ReadFailed { message },
        "missing" => Observation::Missing,
        "accepted" => Observation::EditAccepted,
        "refused" => Observation::EditRefused { message, is_final: true },
        "deferred" => Observation::EditDeferred { message },
        "throttled" => Observation::EditRefused { message, is_final: false },
        "duplicate" => Observation::EditDuplicate { message },
        "unknown" => Observation::EditUnknown { message },
        "waited" => Observation::Waited,
        budget => setting(budget),
    }
}

/// Plays a write from 40 to 100, skipping waits. Returns the steps as letters, with a mark for each further reference
/// id, and the outcome.
fn play(rails: GuardRails, words: &[&str]) -> (String, WriteOutcome) {
    let mut write = Write::new(intent("100"), rails, NO_CONTEXT);
    let (mut step, mut steps, mut words) = (write.start(), String::new(), words.iter());
    let mut ids = compact::SortedSet::new();
    loop {
        step = match step {
            WriteStep::Done(outcome) => {
                assert_eq!(words.next(), None, "{steps}");
                assert_eq!(
                    write.next(Observation::Waited),
                    WriteStep::Done(outcome.clone()),
                    "an end is an end"
                );
                assert_eq!(outcome.edits as usize, steps.matches('E').count());
                return (steps + &"'".repeat(ids.len().saturating_sub(1)), outcome);
            }
            WriteStep::Wait { ms } => {
                assert!((1_000..=crate::READ_BACK_WAIT_MS_MAX).contains(&ms));
                write.next(Observation::Waited)
            }
            WriteStep::Read => {
                steps.push('R');
                write.next(seen(words.next().expect("one more")))
            }
            WriteStep::Edit { reference_id, budget, old, .. } => {
                assert_eq!((reference_id, budget), (write.intent().reference_id(), money("100")));
                ids.insert(write.intent().reference_id());
                assert_eq!(old, money("40"));
                steps.push('E');
                write.next(seen(words.next().expect("one more")))
            }
        };
    }
}

#[test]
fn each_course_has_its_end() {
    use WriteStatus::{AlreadyThere, Failed, Skipped, Success, Unknown};
    for (words, steps, status, settles) in [
        (&["100"][..], "R", AlreadyThere, true),
        (&["100 ended manual"], "R", AlreadyThere, true),
        (&["40", "accepted", "100"], "RER", Success, true),
        (&["40 paused auto", "accepted", "100"], "RER", Success, true),
        (&["fails", "40", "accepted", "40", "fails", "100"], "RRERRR", Success, true),
        (&["40", "accepted", "40", "40", "40"], "RERRR", Failed, false),
        (&["40", "accepted", "70", "70", "70"], "RERRR", Failed, true),
        (&["40", "accepted", "fails", "40", "missing", "fails"], "RERRRR", Unknown, false),
        (&["fails", "fails", "fails"], "RRR", Failed, false),
        (&["missing"], "R", Failed, true),
        (&["40 ended manual"], "R", Skipped, false),
        (&["40 closed manual"], "R", Skipped, false),
        (&["40 deleted manual"], "R", Skipped, true),
        (&["40 ongoing other"], "R", Failed, true),
        (&["40", "refused"], "RE", Failed, true),
        (&["40", "unknown", "40", "100"], "RERR", Success, true),
        (&["40", "unknown", "40", "40", "40", "accepted", "100"], "RERRRER", Success, true),
        (&["40", "unknown", "40", "40", "40", "duplicate", "100"], "RERRRER", Success, true),
        (
            &["40", "unknown", "40", "40", "40", "duplicate", "40", "40", "40", "accepted", "100"],
            "RERRRERRRER'",
            Success,
            true,
        ),
        (
            &["40", "throttled", "40", "duplicate", "40", "40", "40", "accepted", "100"],
            "RERERRRER'",
            Success,
            true,
        ),
        (&["40", "deferred", "40"], "RER", Failed, false),
        (&["40", "unknown", "40", "40", "40", "refused", "40", "100"], "RERRRERR", Success, true),
        (
            &["40", "unknown", "40", "40", "40", "refused", "40", "40", "40", "duplicate", "40", "40", "40"],
            "RERRRERRRERRR'",
            Failed,
            false,
        ),
        (&["40", "unknown", "70", "70", "70"], "RERRR", Failed, true),
        (&["40", "unknown", "fails", "fails", "fails"], "RERRR", Unknown, false),
        (&["40", "duplicate", "100"], "RER", Success, true),
        (&["40", "throttled", "40", "throttled", "40", "throttled", "40"], "RERERER", Failed, false),
        (&["40", "throttled", "70"], "RER", Failed, false),
        (&["40", "throttled", "fails", "fails", "fails"], "RERRR", Failed, false),
        (&["40", "waited", "100"], "RER", Success, true),
    ] {
        let (taken, outcome) = play(GuardRails::default(), words);
        assert_eq!((taken.as_str(), outcome.status, outcome.settles), (steps, status, settles), "{words:?}");
        assert_eq!(outcome.is_hand, words.last() == Some(&"70") && outcome.may_have_changed, "{words:?}");
        assert_eq!(outcome.reason.is_empty(), status == Success, "{words:?}");
        let shown = words.iter().rev().find_map(|word| word.split(' ').next()?.parse::<Money>().ok());
        assert_eq!(outcome.last, shown, "{words:?}");
        let was_read = taken.contains('E') || ["40", "100"].contains(&&words[0][..words[0].len().min(3)]);
        assert!(!was_read || outcome.old.is_some(), "{words:?}");
    }
}

#[test]
fn an_edit_that_was_refused_for_certain_can_end_before_it_is_read_back() {
    for (told, ends) in [("throttled", true), ("deferred", true), ("accepted", false), ("unknown", false)] {
        let mut write = Write::new(intent("100"), GuardRails::default(), NO_CONTEXT);
        write.start();
        assert_eq!(write.end_if_refused(), None, "nothing was sent");
        write.next(seen("40"));
        assert_eq!(write.end_if_refused(), None, "nobody knows yet");
        write.next(seen(told));
        let end = write.end_if_refused();
        assert_eq!(end.is_some(), ends, "{told}");
        if let Some(WriteStep::Done(outcome)) = end {
            assert_eq!((outcome.status, outcome.edits, outcome.settles), (WriteStatus::Failed, 1, false));
            assert_eq!((outcome.reason.as_str(), outcome.last), ("words", Some(money("40"))));
        }
        let mut write = Write::new(intent("100"), GuardRails::default(), NO_CONTEXT);
        write.start();
        for word in ["40", "throttled", "waited", "40"] {
            write.next(seen(word));
        }
        let Some(WriteStep::Done(outcome)) = write.end_if_refused() else {
            panic!("the second one was not sent")
        };
        assert_eq!(
            (outcome.status, outcome.edits, outcome.may_have_changed),
            (WriteStatus::Failed, 1, false)
        );
    }
}

#[test]
fn a_campaign_that_can_spend_again_counts_when_it_is_read_back() {
    for (first, then, spends) in [("40 paused manual", "100", true), ("40", "100 paused manual", false)] {
        let (_, outcome) = play(GuardRails::default(), &[first, "accepted", then]);
        assert_eq!(outcome.spends, spends, "{first}, {then}");
    }
}

#[test]
fn a_rule_stops_before_the_edit_and_is_asked_again_later() {
    let ceiling = GuardRails { ceiling: Some(money("99")), ..GuardRails::default() };
    let off = GuardRails { enabled: false, ..ceiling };
    let dry = GuardRails { dry_run: true, ..GuardRails::default() };
    for (rails, words, name) in [
        (ceiling, &["40"][..], "ceiling: "),
        (off, &[], "kill_switch: "),
        (dry, &["40"], "dry_run: 40.00 would"),
    ] {
        let (_, outcome) = play(rails, words);
        assert_eq!(
            (outcome.status, outcome.log_word(), outcome.settles),
            (WriteStatus::Skipped, "skipped", false)
        );
        assert!(outcome.reason.starts_with(name) && !outcome.may_have_changed, "{}", outcome.reason);
    }
}

#[test]
fn after_a_crash_an_edit_may_have_been_sent_and_long_words_are_cut() {
    let context = RailContext { day_start: None, others_hundredths: Some(0) };
    let mut write = Write::new(intent("100"), GuardRails::default(), context);
    assert_eq!(write.start(), WriteStep::Read);
    assert!(matches!(write.next(setting("40")), WriteStep::Edit { .. }));
    let text = serde_json::to_string(&write).unwrap();
    let mut write: Write = serde_json::from_str(&text).unwrap();
    assert_eq!(write.start(), WriteStep::Wait { ms: crate::READ_BACK_WAIT_MS });
    assert_eq!(write.next(Observation::Waited), WriteStep::Read);
    let mut step = write.start();
    assert_eq!(step, WriteStep::Read, "a read is done again");
    let long = Observation::ReadFailed { message: "é".repeat(9_999) };
    assert!(matches!(write.next(long.clone()), WriteStep::Wait { ms: 2_000 }));
    for _ in 0..2 {
        write.next(Observation::Waited);
        step = write.next(long.clone());
    }
    let WriteStep::Done(outcome) = step else { panic!("{step:?}") };
    assert_eq!(
        (outcome.status, outcome.reason.chars().count()),
        (WriteStatus::Unknown, crate::ERROR_TEXT_MAX)
    );
}

#[test]
fn a_write_that_is_not_wanted_any_more_is_read_back_and_settles_nothing() {
    let context = RailContext { day_start: None, others_hundredths: Some(0) };
    for (shows, is_there) in [("40", false), ("100", true)] {
        let mut write = Write::new(intent("100"), GuardRails::default(), context);
        assert_eq!(write.start(), WriteStep::Read);
        assert!(matches!(write.next(setting("40")), WriteStep::Edit { .. }));
        // After a crash; the slot may be wanted again later.
        write.withdraw();
        let mut step = write.start();
        let outcome = loop {
            step = match step {
                WriteStep::Read => write.next(setting(shows)),
                WriteStep::Wait { .. } => write.next(Observation::Waited),
                WriteStep::Edit { .. } => panic!("it was sent again"),
                WriteStep::Done(outcome) => break outcome,
            }
        };
        assert_eq!((outcome.is_in_force(), outcome.settles), (is_there, is_there), "{outcome:?}");
    }
}

#[test]
fn a_debt_counts_more_than_a_hand_only_where_a_rule_says_so() {
    let mut memory = CampaignMemory::default();
    memory.ours = vec![money("500")];
    let slot = parsed(&row(1)).slot(day("2026-03-01"));
    let debt = Intent::new((7, Action::Restore, clock(at("2026-03-01 10:00"))), slot, money("50"), &memory);
    for (restore_over_hands, edits) in [(false, false), (true, true)] {
        let rails = GuardRails { restore_over_hands, ..GuardRails::default() };
        let mut write = Write::new(debt.clone(), rails, NO_CONTEXT);
        write.start();
        let step = write.next(seen("20"));
        assert_eq!(
            matches!(step, WriteStep::Edit { budget, .. } if budget == money("50")),
            edits,
            "{step:?}"
        );
    }
}
