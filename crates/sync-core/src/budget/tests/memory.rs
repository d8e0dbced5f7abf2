//! What is remembered from tick to tick.

use super::{
    plans::{due, outcome, success},
    *,
};

#[test]
fn an_unknown_outcome_keeps_the_budget_from_before() {
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.record(&apply, &outcome(WriteStatus::Unknown, Some("40"), true, false));
    let again = due(&schedules, &memory, "2026-03-01 08:30").unwrap();
    assert_eq!((again.reference_id(), again.carried), (apply.reference_id(), Some(money("40"))));
    // The edit had taken effect: what is read now is not the earlier budget.
    memory.record(&again, &outcome(WriteStatus::AlreadyThere, Some("100"), false, true));
    assert_eq!(due(&schedules, &memory, "2026-03-01 09:00"), None);
    assert_eq!(due(&schedules, &memory, "2026-03-01 10:00").unwrap().budget, money("40"));
}

#[test]
fn the_budget_that_was_read_last_counts() {
    let schedules = [parsed(&row_at(1, "08:00-10:00"))];
    let apply = due(&schedules, &CampaignMemory::default(), "2026-03-01 08:00").unwrap();
    for (may_have_changed, last, seen) in
        [(false, "70", "70"), (false, "170", "170"), (true, "70", "100"), (true, "170", "170")]
    {
        let mut memory = CampaignMemory::default();
        let failed = outcome(WriteStatus::Failed, Some("40"), may_have_changed, true);
        memory.record(&apply, &WriteOutcome { last: Some(money(last)), ..failed });
        assert_eq!(memory.seen, Some(money(seen)), "{last}");
    }
}

#[test]
fn a_crash_after_the_edit_keeps_the_budget_from_before() {
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.will_edit(&apply, money("40"), true);
    let stored = serde_json::to_string(&memory).unwrap();
    let memory: CampaignMemory = serde_json::from_str(&stored).unwrap();
    assert_eq!(due(&schedules, &memory, "2026-03-01 08:30").unwrap().carried, Some(money("40")));
    assert_eq!(due(&schedules, &memory, "2026-03-01 10:30").unwrap().budget, money("40"));
}

#[test]
fn what_cannot_be_applied_is_given_up_and_what_a_rule_stops_is_not() {
    let schedules = [parsed(&row_at(1, "08:00-10:00"))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    let stopped = outcome(WriteStatus::Skipped, Some("40"), false, false);
    assert!(memory.record(&apply, &stopped), "it is logged");
    assert!(!memory.record(&apply, &stopped), "but not at every tick");
    assert!(due(&schedules, &memory, "2026-03-01 08:30").is_some());
    assert!(memory.record(&apply, &outcome(WriteStatus::Failed, Some("40"), false, true)));
    assert_eq!(due(&schedules, &memory, "2026-03-01 09:00"), None);
    assert_eq!(due(&schedules, &memory, "2026-03-01 10:00"), None);
}

#[test]
fn a_clock_that_goes_back_is_waited_for_but_another_zone_is_not() {
    let schedules = [parsed(&row_at(1, "01:00-02:00")), parsed(&row_at(2, "00:00-01:00"))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-10-25 01:30").unwrap();
    memory.record(&apply, &success("40"));
    assert_eq!(due(&schedules, &memory, "2026-10-25 00:45"), None);
    let text = serde_json::to_string(&memory).unwrap();
    assert_eq!(serde_json::from_str::<CampaignMemory>(&text).unwrap(), memory);
    let other_zone = due(&schedules, &memory, "2026-10-24 00:30").unwrap();
    assert_eq!(other_zone.slot, schedules[1].slot(day("2026-10-24")));
}

#[test]
fn old_slots_are_forgotten() {
    let schedules = [parsed(&row(1))];
    let mut memory = CampaignMemory::default();
    for ahead in 0..30 {
        let now = at("2026-03-01 08:00") + chrono::TimeDelta::days(ahead);
        let apply = due(&schedules, &memory, &now.format("%Y-%m-%d %H:%M").to_string()).unwrap();
        memory.record(&apply, &success("40"));
    }
    assert_eq!(memory.settled.len(), 3);
}

#[test]
fn what_an_older_release_has_stored_is_read() {
    let stored = format!(
        r#"{{"applied":{{"slot":"{0}@2026-03-01","before":"40.00","since":"2026-03-01T08:00:00","is_ended":false}},
            "settled":{{"{0}@2026-03-01":"applied"}},"logged":["{0}@2026-03-01","apply","success",""]}}"#,
        id(1)
    );
    let memory: CampaignMemory = serde_json::from_str(&stored).unwrap();
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    assert_eq!(due(&schedules, &memory, "2026-03-01 09:00"), None, "it was applied in whatever form");
    let restore = due(&schedules, &memory, "2026-03-01 10:00").unwrap();
    assert_eq!((restore.action, restore.budget), (Action::Restore, money("40")));
    assert!(!restore.is_hand(money("7")), "nobody knows whose a budget is");
    let write = format!(
        r#"{{"intent":{{"campaign_id":7,"action":"apply","slot":"{}@2026-03-01","budget":"100.00","carried":null,"restore":true,
            "back_to":null,"at":"2026-03-01T08:00:00"}},"rails":{{"floor":null,"ceiling":null,"change_percent_tick":null,
            "change_percent_day":null,"shop_daily_total":null,"enabled":true,"dry_run":false}},
            "context":{{"day_start":null,"others_hundredths":null}},"phase":"editing","is_waiting":false,"old":["40.00","manual"],
            "edits":1,"failures":0,"others":0,"may_have_changed":false,"is_closed":false,"trouble":""}}"#,
        id(1)
    );
    let mut write: Write = serde_json::from_str(&write).unwrap();
    assert_eq!(
        write.intent().reference_id(),
        format!("{}-20260301", id(1)),
        "it goes on under the id that it had"
    );
    assert!(
        write.intent().is_same(&due(&schedules, &CampaignMemory::default(), "2026-03-01 08:00").unwrap())
    );
    assert!(matches!(write.start(), WriteStep::Wait { .. }));
}

/// What is due at 10:20, after a slot that restores, if a person has set 33 and the next slot's edit over it did not
/// show.
fn after_an_edit_over_a_hand(budget: &str, may_have_changed: bool) -> Option<Intent> {
    let next = with_budget(row_at(2, "10:00-10:20"), budget);
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00"))), parsed(&next)];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.will_edit(&apply, money("40"), true);
    memory.record(&apply, &success("40"));
    let next = due(&schedules, &memory, "2026-03-01 10:00").unwrap();
    memory.will_edit(&next, money("33"), true);
    let failed = outcome(WriteStatus::Failed, Some("33"), may_have_changed, false);
    memory.record(&next, &WriteOutcome { edits: 1, ..failed });
    due(&schedules, &memory, "2026-03-01 10:20")
}

#[test]
fn an_edit_that_was_refused_for_certain_makes_no_persons_budget_ours() {
    let end = after_an_edit_over_a_hand("40", false).unwrap();
    assert!(end.is_hand(money("33")), "33 stays: {end:?}");
}

#[test]
fn a_persons_budget_before_an_edit_of_unknown_outcome_makes_the_debt_void() {
    let end = after_an_edit_over_a_hand("60", true);
    assert_eq!(end.filter(|end| end.action == Action::Restore), None, "33 stays");
}

#[test]
fn a_slot_that_comes_back_and_does_not_restore_leaves_no_debt_of_a_run_behind() {
    let schedules =
        [parsed(&row_at(1, "08:00-20:00")), parsed(&restoring(with_budget(row_at(2, "02:00-02:15"), "60")))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.record(&apply, &success("40"));
    let noon = at("2026-03-01 12:00");
    let run = Intent::now(&schedules[1], false, &memory, clock(noon), None);
    memory.record(&run, &success("100"));
    let back = due(&schedules, &memory, "2026-03-01 12:15").unwrap();
    assert_eq!((back.budget, back.is_return), (money("100"), true));
    memory.record(&back, &success("60"));
    assert_eq!(due(&schedules, &memory, "2026-03-01 20:00"), None);
}

#[test]
fn a_run_that_has_failed_holds_no_debt_back() {
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.will_edit(&apply, money("40"), true);
    memory.record(&apply, &success("40"));
    let run = Intent::now(&schedules[0], false, &memory, clock(at("2026-03-01 10:00")), None);
    memory.will_edit(&run, money("100"), true);
    assert_eq!(due(&schedules, &memory, "2026-03-01 10:01"), None, "it may be under way");
    let after = |status, may_have_changed| {
        let ended = outcome(status, Some("100"), may_have_changed, false);
        let mut memory = memory.clone();
        memory.record(&run, &WriteOutcome { edits: 1, ..ended });
        due(&schedules, &memory, "2026-03-01 10:01").map(|end| end.budget)
    };
    for may_have_changed in [false, true] {
        assert_eq!(after(WriteStatus::Failed, may_have_changed), Some(money("40")), "{may_have_changed}");
    }
    assert_eq!(after(WriteStatus::Unknown, true), None, "it may be in force");
}

#[test]
fn a_run_leaves_what_is_said_of_the_open_slot() {
    let schedules = [parsed(&row_at(1, "08:00-10:00"))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.record(&apply, &outcome(WriteStatus::Skipped, Some("40"), false, false));
    let run = Intent::now(&schedules[0], true, &memory, clock(at("2026-03-01 08:10")), None);
    assert!(memory.record(&run, &outcome(WriteStatus::Failed, Some("40"), false, false)), "it has a line");
    assert_eq!(memory.reason(&apply.slot, Action::Apply), Some("because"));
}

#[test]
fn what_was_seen_last_is_known_until_something_else_is_read() {
    let schedules = [parsed(&row_at(1, "08:00-10:00")), parsed(&row_at(2, "11:00-12:00"))];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.record(&apply, &success("40"));
    assert_eq!(memory.seen, Some(money("100")));
    let next = Intent::now(&schedules[1], false, &memory, clock(at("2026-03-01 11:00")), None);
    memory.record(&next, &outcome(WriteStatus::Skipped, None, false, false));
    assert_eq!(memory.seen, Some(money("100")), "a stop asks Shopee nothing");
    let paused = WriteOutcome { spends: false, ..outcome(WriteStatus::Skipped, Some("100"), false, false) };
    memory.record(&next, &paused);
    assert_eq!(memory.seen, None);
}

#[test]
fn a_run_without_an_end_makes_the_debt_void_and_one_of_the_open_slot_does_not() {
    let schedules =
        [parsed(&restoring(row_at(1, "08:00-10:00"))), parsed(&with_budget(row_at(2, "20:00-21:00"), "60"))];
    for (run_of, owed) in [(0, Some(money("40"))), (1, None)] {
        let mut memory = CampaignMemory::default();
        let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
        memory.record(&apply, &success("40"));
        let run = Intent::now(&schedules[run_of], run_of == 0, &memory, clock(at("2026-03-01 09:00")), None);
        memory.record(&run, &success("100"));
        // The open slot is run once more, so that Shopee shows its budget when it ends.
        let again = Intent::now(&schedules[0], true, &memory, clock(at("2026-03-01 09:30")), None);
        memory.record(&again, &success("60"));
        let end = due(&schedules, &memory, "2026-03-01 10:00");
        assert_eq!(end.map(|end| end.budget), owed);
    }
}
