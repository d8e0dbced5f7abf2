use super::{overlaps::any_schedule, *};
use chrono::{TimeDelta, Timelike};
use proptest::prelude::*;

#[test]
fn an_hour_has_a_part_for_each_budget() {
    let schedules = [
        parsed(&with_budget(row_at(1, "08:00-09:30"), "20")),
        parsed(&with_budget(on_dates(row_at(2, "09:30-10:00"), &["2026-03-02"]), "30")),
        parsed(&ScheduleRow { is_active: false, ..row_at(3, "11:00-12:00") }),
    ];
    let shown: Vec<String> = preview(&schedules, day("2026-03-01"), 2)
        .into_iter()
        .map(|part| format!("{} {} {}-{} {}", part.date, part.hour, part.start, part.end, part.budget))
        .collect();
    assert_eq!(
        shown,
        [
            "2026-03-01 8 08:00-09:00 20.00",
            "2026-03-01 9 09:00-09:30 20.00",
            "2026-03-02 8 08:00-09:00 20.00",
            "2026-03-02 9 09:00-09:30 20.00",
            "2026-03-02 9 09:30-10:00 30.00",
        ]
    );
    assert_eq!(preview(&schedules[..1], day("2026-03-01"), 1_000).len(), 14, "seven days at most");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Each minute of the preview shows what is open at that minute, even where older rows overlap.
    #[test]
    fn a_preview_is_what_is_open(schedules in (any_schedule(1), any_schedule(2), any_schedule(3)), days in 0_u32..8) {
        let schedules = [schedules.0, schedules.1, schedules.2];
        let parts = preview(&schedules, day("2026-03-01"), days);
        let mut shown = compact::SortedMap::new();
        for part in &parts {
            for minute in part.start.minutes()..part.end.minutes() {
                prop_assert_eq!(minute / 60, part.hour);
                let is_new = shown.insert((part.date, minute), (part.schedule.clone(), part.budget)).is_none();
                prop_assert!(is_new, "a minute is shown once");
            }
        }
        let mut now = day("2026-03-01").and_hms_opt(0, 0, 0).unwrap();
        for _ in 0..days * 1_440 {
            let wanted = definition::in_force(&schedules, now).map(|s| (s.id().to_owned(), s.budget()));
            let minute = (now.hour() * 60 + now.minute()) as u16;
            prop_assert_eq!(shown.remove(&(now.date(), minute)), wanted);
            now += TimeDelta::minutes(1);
        }
        prop_assert!(shown.is_empty());
    }
}
