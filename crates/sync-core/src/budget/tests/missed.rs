use super::*;
use compact::SortedMap;

/// The schedules with a missed slot, and its date.
fn found(rows: &[ScheduleRow], changed: &[(usize, &str)], from: &str, to: &str) -> Vec<String> {
    let schedules: Vec<Schedule> = rows.iter().map(parsed).collect();
    let changed = changed.iter().map(|(number, when)| (id(*number), at(when))).collect();
    let unseen = Unseen { from: at(from), to: at(to) };
    let all = missed(&schedules, &SortedMap::new(), &changed, unseen);
    let name = |missed: &Missed<'_>| {
        let number = missed.schedule.id().rsplit('-').next().unwrap().trim_start_matches('0');
        format!("{number}@{}", missed.slot.date.format("%d"))
    };
    all.iter().map(name).collect()
}

#[test]
fn only_slots_that_began_and_ended_unseen_are_missed() {
    let rows = [row_at(1, "08:00-10:00")];
    for (from, to, expected) in [
        ("2026-03-01 07:59", "2026-03-01 10:00", &["1@01"][..]),
        ("2026-03-01 08:00", "2026-03-01 10:00", &[]),
        ("2026-03-01 07:59", "2026-03-01 09:59", &[]),
        ("2026-03-01 10:00", "2026-03-02 07:59", &[]),
        ("2026-03-01 10:00", "2026-03-02 10:30", &["1@02"]),
        ("2026-02-27 09:00", "2026-03-01 11:00", &["1@28", "1@01"]),
        // Longer than slots are remembered.
        ("2026-01-01 00:00", "2026-03-10 11:00", &["1@08", "1@09", "1@10"]),
        // The clock has gone back.
        ("2026-03-01 10:30", "2026-03-01 10:00", &[]),
    ] {
        assert_eq!(found(&rows, &[], from, to), expected, "{from} to {to}");
    }
}

#[test]
fn a_slot_is_missed_in_the_form_that_it_had_when_nobody_looked() {
    let rows = [row_at(1, "08:00-10:00")];
    let (from, to) = ("2026-03-01 07:00", "2026-03-01 11:00");
    assert_eq!(found(&rows, &[(1, "2026-02-01 00:00")], from, to), ["1@01"]);
    assert_eq!(found(&rows, &[(1, "2026-03-01 09:00")], from, to), ["1@01"]);
    assert!(found(&rows, &[(1, "2026-03-01 10:00")], from, to).is_empty());
    assert!(found(&[ScheduleRow { is_active: false, ..rows[0].clone() }], &[], from, to).is_empty());
    assert!(found(&[on_dates(rows[0].clone(), &["2026-03-02"])], &[], from, to).is_empty());
    // Created after the slot's beginning, when the last look had already taken place.
    assert_eq!(found(&rows, &[(1, "2026-03-01 09:00")], "2026-03-01 08:30", to), ["1@01"]);
    assert!(found(&rows, &[(1, "2026-03-01 08:10")], "2026-03-01 08:30", to).is_empty());
}

#[test]
fn who_gave_way_to_others_all_the_time_was_not_missed() {
    let (from, to) = ("2026-03-01 07:00", "2026-03-01 11:00");
    let dated = |times: &str| on_dates(row_at(2, times), &["2026-03-01"]);
    let wide = [row_at(1, "08:00-10:00"), dated("07:30-10:30")];
    assert_eq!(found(&wide, &[], from, to), ["2@01"]);
    for narrow in ["08:30-10:30", "07:30-09:00", "08:30-09:00"] {
        let rows = [row_at(1, "08:00-10:00"), dated(narrow)];
        assert_eq!(found(&rows, &[], from, to), ["1@01", "2@01"], "{narrow}");
    }
}

#[test]
fn what_was_dealt_with_was_not_missed() {
    let schedules = [parsed(&row_at(1, "08:00-10:00"))];
    let mut memory = CampaignMemory::default();
    let slot = schedules[0].slot(day("2026-03-01"));
    let unseen = Unseen { from: at("2026-03-01 07:00"), to: at("2026-03-01 11:00") };
    let count = |memory: &CampaignMemory| {
        missed(&schedules, &[(7, memory.clone())].into(), &SortedMap::new(), unseen).len()
    };
    assert_eq!(count(&memory), 1);
    memory.settled.insert(slot, Settled::GivenUp);
    assert_eq!(count(&memory), 0);
}

#[test]
fn a_run_before_the_slot_does_not_count_for_it() {
    let schedules = [parsed(&restoring(row_at(1, "08:00-10:00")))];
    let mut memory = CampaignMemory::default();
    let run = Intent::now(&schedules[0], false, &memory, clock(at("2026-03-01 05:00")), Some(30));
    memory.record(&run, &super::plans::success("40"));
    let end = super::plans::due(&schedules, &memory, "2026-03-01 05:30").unwrap();
    memory.record(&end, &super::plans::success("100"));
    let unseen = Unseen { from: at("2026-03-01 07:00"), to: at("2026-03-01 11:00") };
    let all = SortedMap::from([(7, memory)]);
    assert_eq!(missed(&schedules, &all, &SortedMap::new(), unseen).len(), 1);
}
