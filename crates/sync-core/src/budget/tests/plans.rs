use super::{definition::Shop, *};
use compact::SortedMap;

pub(super) fn due(schedules: &[Schedule], memory: &CampaignMemory, now: &str) -> Option<Intent> {
    let memory = SortedMap::from([(7, memory.clone())]);
    plan(schedules, &memory, clock(at(now))).intents.pop()
}

pub(super) fn outcome(
    status: WriteStatus,
    old: Option<&str>,
    may_have_changed: bool,
    settles: bool,
) -> WriteOutcome {
    let edits = u32::from(may_have_changed);
    let nothing = WriteOutcome::refused(status, "because".into());
    let is_unused = status == WriteStatus::Unknown;
    let old = old.map(money);
    WriteOutcome { old, last: old, may_have_changed, settles, edits, is_unused, spends: true, ..nothing }
}

pub(super) fn success(old: &str) -> WriteOutcome {
    outcome(WriteStatus::Success, Some(old), true, true)
}

#[test]
fn an_open_slot_is_applied_once_and_given_back_once() {
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    let mut memory = CampaignMemory::default();
    assert_eq!(due(&schedules, &memory, "2026-03-01 07:59"), None);
    let apply = due(&schedules, &memory, "2026-03-01 09:59").unwrap();
    assert_eq!((apply.action, apply.budget), (Action::Apply, money("100")));
    assert_eq!(apply.reference_id(), reference_id(&schedules[0].slot(day("2026-03-01")), 'a', 0));
    memory.record(&apply, &success("40"));
    assert_eq!(due(&schedules, &memory, "2026-03-01 09:59"), None);
    let restore = due(&schedules, &memory, "2026-03-01 10:00").unwrap();
    assert_eq!((restore.action, restore.budget), (Action::Restore, money("40")));
    assert_eq!(restore.reference_id(), reference_id(&apply.slot, 'r', 1));
    memory.record(&restore, &outcome(WriteStatus::Failed, None, false, false));
    assert!(due(&schedules, &memory, "2026-03-01 23:00").is_some(), "it is still owed");
    memory.record(&restore, &success("100"));
    assert_eq!(due(&schedules, &memory, "2026-03-01 23:00"), None);
    assert!(due(&schedules, &memory, "2026-03-02 08:00").is_some(), "another date is another slot");
}

#[test]
fn a_slot_that_is_missed_is_gone() {
    let schedules = [parsed(&row_at(1, "08:00-10:00"))];
    assert_eq!(due(&schedules, &CampaignMemory::default(), "2026-03-01 10:00"), None);
    let inactive = [parsed(&ScheduleRow { is_active: false, ..row(1) })];
    assert_eq!(due(&inactive, &CampaignMemory::default(), "2026-03-01 09:00"), None);
}

#[test]
fn adjacent_slots_bring_back_the_budget_from_before_the_first() {
    let schedules = [
        parsed(&restoring(row_at(1, "08:00-10:00"))),
        parsed(&restoring(with_budget(row_at(2, "10:00-12:00"), "200"))),
        parsed(&restoring(with_budget(row_at(3, "13:00-14:00"), "300"))),
    ];
    let mut shop = Shop::new(money("40"));
    // The tick of 12:30 is missed: the third slot takes over what the second one owes.
    let ticks = ["08:00", "10:00", "13:00", "14:00"];
    let budgets = ticks.map(|time| shop.tick(&schedules, at(&format!("2026-03-01 {time}"))).to_string());
    assert_eq!(budgets, ["100.00", "200.00", "300.00", "40.00"]);
    assert_eq!(shop.edits.len(), 4, "giving way takes no write of its own");
}

#[test]
fn a_slot_that_does_not_restore_leaves_its_budget() {
    let schedules = [
        parsed(&restoring(row_at(1, "08:00-10:00"))),
        parsed(&with_budget(row_at(2, "10:00-12:00"), "200")),
        parsed(&restoring(with_budget(row_at(3, "12:00-14:00"), "300"))),
    ];
    let mut shop = Shop::new(money("40"));
    let ticks = ["08:00", "10:00", "12:00", "14:00"];
    let budgets = ticks.map(|time| shop.tick(&schedules, at(&format!("2026-03-01 {time}"))).to_string());
    assert_eq!(budgets, ["100.00", "200.00", "300.00", "200.00"]);
}

#[test]
fn a_schedule_that_goes_away_ends_its_slot() {
    let row = restoring(row_at(1, "08:00-10:00"));
    let schedules = [parsed(&row)];
    let mut memory = CampaignMemory::default();
    let apply = due(&schedules, &memory, "2026-03-01 08:00").unwrap();
    memory.record(&apply, &success("40"));
    let inactive = [parsed(&ScheduleRow { is_active: false, ..row.clone() })];
    for schedules in [&inactive[..], &[]] {
        assert_eq!(due(schedules, &memory, "2026-03-01 08:30").unwrap().budget, money("40"));
    }
    let other_day = [parsed(&on_dates(row, &["2026-03-05"]))];
    assert_eq!(due(&other_day, &memory, "2026-03-01 08:30").unwrap().action, Action::Restore);
}

#[test]
fn of_rows_that_overlap_one_counts_and_the_others_are_told() {
    let base = parsed(&with_budget(row_at(1, "00:00-24:00"), "10"));
    let later = parsed(&with_budget(row_at(2, "08:00-10:00"), "20"));
    let twin = parsed(&with_budget(row_at(3, "08:00-12:00"), "30"));
    let dated = parsed(&with_budget(on_dates(row_at(4, "07:00-11:00"), &["2026-03-01"]), "40"));
    let schedules = [base, later, twin, dated];
    for (now, kept, passed_over) in [
        ("2026-03-01 09:00", 4, vec![2, 3, 1]),
        ("2026-03-02 09:00", 2, vec![3, 1]),
        ("2026-03-02 11:00", 3, vec![1]),
        ("2026-03-02 13:00", 1, vec![]),
    ] {
        let plan = plan(&schedules, &SortedMap::new(), clock(at(now)));
        assert_eq!(plan.intents[0].slot.schedule, id(kept), "{now}");
        let told: Vec<String> = plan.clashes.into_iter().map(|clash| clash.passed_over).collect();
        assert_eq!(told, passed_over.into_iter().map(id).collect::<Vec<_>>(), "{now}");
    }
    let cells = [parsed(&row_at(1, "10:00-11:00")), parsed(&row_at(2, "10:30-11:30"))];
    for (now, counts) in [("10:15", 1), ("10:45", 2), ("11:15", 2)] {
        let plan = plan(&cells, &SortedMap::new(), clock(at(&format!("2026-03-01 {now}"))));
        assert_eq!(
            (&plan.intents[0].slot.schedule, plan.clashes.len()),
            (&id(counts), 0),
            "{now}: as they should"
        );
    }
    let mut shop = Shop::new(money("5"));
    let ticks =
        ["06:00", "09:00", "13:00"].map(|time| shop.tick(&schedules, at(&format!("2026-03-01 {time}"))));
    assert_eq!(ticks.map(|budget| budget.to_string()), ["10.00", "40.00", "10.00"], "the base comes back");
}

#[test]
fn a_slot_within_another_gives_way_to_it_again() {
    let base = parsed(&restoring(with_budget(row_at(1, "08:00-20:00"), "50")));
    for inner in [row_at(2, "10:00-12:00"), restoring(row_at(2, "10:00-12:00"))] {
        let schedules = [base.clone(), parsed(&inner)];
        let mut shop = Shop::new(money("40"));
        let budgets = ["08:00", "10:00", "12:00", "20:00"]
            .map(|time| shop.tick(&schedules, at(&format!("2026-03-01 {time}"))).to_string());
        assert_eq!(budgets, ["50.00", "100.00", "50.00", "40.00"]);
    }
    let leaving = parsed(&with_budget(row_at(1, "08:00-20:00"), "50"));
    let schedules = [leaving, parsed(&restoring(row_at(2, "10:00-12:00")))];
    let mut shop = Shop::new(money("40"));
    for time in ["08:00", "10:00", "12:00"] {
        shop.tick(&schedules, at(&format!("2026-03-01 {time}")));
    }
    shop.budget = money("77");
    assert_eq!(shop.tick(&schedules, at("2026-03-01 20:00")), money("77"), "another hand's budget stays");
}

#[test]
fn the_end_of_a_slot_is_written_once() {
    let base = restoring(row_at(1, "08:00-20:00"));
    let inner = parsed(&restoring(with_budget(row_at(2, "10:00-12:00"), "60")));
    let on = [parsed(&base), inner.clone()];
    let off = [parsed(&ScheduleRow { is_active: false, ..base }), inner];
    let mut shop = Shop::new(money("40"));
    for (schedules, time) in [(&on, "08:00"), (&on, "10:00"), (&off, "12:00"), (&on, "12:30"), (&on, "20:00")]
    {
        shop.tick(schedules, at(&format!("2026-03-01 {time}")));
    }
    assert!(shop.has_no_edit_twice(), "{:?}", shop.edits);
}
