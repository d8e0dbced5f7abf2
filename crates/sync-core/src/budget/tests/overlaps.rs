use super::*;
use compact::SortedSet;
use proptest::prelude::*;

const TODAY: &str = "2026-03-01";

fn meet(a: ScheduleRow, b: ScheduleRow) -> Option<String> {
    overlap(&parsed(&a), &parsed(&b), day(TODAY)).map(|met| met.to_string())
}

fn weekly(row: ScheduleRow, days: &[i32]) -> ScheduleRow {
    ScheduleRow { days_of_week: Some(days.to_vec()), ..row }
}

#[test]
fn days_and_times_decide() {
    assert_eq!(
        meet(weekly(row_at(1, "08:00-10:00"), &[1, 2]), weekly(row_at(2, "09:30-24:00"), &[2, 3])),
        Some(format!("it meets schedule {} from 09:30 to 10:00 (Tuesday)", id(2)))
    );
    assert_eq!(meet(row_at(1, "08:00-10:00"), row_at(2, "10:00-12:00")), None, "ends are not in a slot");
    assert_eq!(meet(weekly(row(1), &[1]), weekly(row(2), &[2])), None);
    assert_eq!(meet(row(1), ScheduleRow { campaign_id: 8, ..row(2) }), None);
    // 2026-03-02 is a Monday.
    let dates = on_dates(weekly(row(2), &[0]), &["2026-03-02"]);
    assert_eq!(
        meet(weekly(row(1), &[0]), dates.clone()),
        None,
        "its dates win over its own days of the week"
    );
    assert!(meet(weekly(row(1), &[1]), dates.clone()).unwrap().ends_with("(2026-03-02)"));
    assert_eq!(meet(row(1), on_dates(row(2), &["2026-02-28"])), None, "what is past meets nothing");
    assert_eq!(meet(dates, on_dates(row(1), &["2026-03-03"])), None);
}

fn any_days() -> impl Strategy<Value = (Option<Vec<i32>>, Option<Vec<String>>)> {
    let dates = prop::collection::vec(-3_i64..12, 1..6).prop_map(|days| {
        let date = |ahead: i64| (day(TODAY) + chrono::TimeDelta::days(ahead)).to_string();
        days.into_iter().map(date).collect::<Vec<_>>()
    });
    prop_oneof![
        Just((None, None)),
        prop::collection::vec(0_i32..7, 1..5).prop_map(|days| (Some(days), None)),
        dates.prop_map(|dates| (None, Some(dates))),
    ]
}

pub(super) fn any_schedule(number: usize) -> impl Strategy<Value = Schedule> {
    (any_days(), 0_u16..1_439, 1_u16..600, any::<bool>(), 1_u32..50).prop_map(
        move |((days_of_week, specific_dates), start, length, restore, budget)| {
            let end = (start + length).min(1_440);
            let times = format!("{}:{}-{}:{}", start / 60, start % 60, end / 60, end % 60);
            let row = ScheduleRow { days_of_week, specific_dates, restore, ..row_at(number, &times) };
            parsed(&with_budget(row, &budget.to_string()))
        },
    )
}

proptest! {
    /// Minute by minute for two weeks, which contain every day of the week and every date.
    #[test]
    fn an_overlap_is_found_exactly(a in any_schedule(1), b in any_schedule(2)) {
        let mut both = SortedSet::new();
        let mut minutes = SortedSet::new();
        for date in day(TODAY).iter_days().take(14) {
            for minute in 0..1_440_u32 {
                let now = date.and_hms_opt(minute / 60, minute % 60, 0).unwrap();
                if a.is_open(now) && b.is_open(now) {
                    both.insert(date);
                    minutes.insert(minute as u16);
                }
            }
        }
        match overlap(&a, &b, day(TODAY)) {
            None => prop_assert!(both.is_empty()),
            Some(met) => {
                prop_assert_eq!(Some(&met.start.minutes()), minutes.first());
                prop_assert_eq!(Some(met.end.minutes() - 1), minutes.last().copied());
                let named: SortedSet<_> =
                    day(TODAY).iter_days().take(14).filter(|date| met.days.holds(*date)).collect();
                prop_assert_eq!(named, both);
                let back = overlap(&b, &a, day(TODAY)).unwrap();
                prop_assert_eq!((back.days, back.start, back.end), (met.days, met.start, met.end));
            }
        }
    }
}
