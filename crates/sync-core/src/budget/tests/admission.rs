use super::*;

fn admitted(row: &ScheduleRow, existing: &[Schedule]) -> Result<(), String> {
    admit(&parsed(row), existing, at("2026-03-01 09:00")).map_err(|error| error.to_string())
}

#[test]
fn a_schedule_beside_others_is_taken() {
    let existing = [parsed(&row_at(1, "08:00-10:00")), parsed(&ScheduleRow { campaign_id: 8, ..row(2) })];
    assert_eq!(admitted(&row_at(3, "10:00-12:00"), &existing), Ok(()));
    assert_eq!(admitted(&row_at(1, "08:00-12:00"), &existing), Ok(()), "a changed one does not meet itself");
    assert_eq!(admitted(&on_dates(row_at(3, "06:00-08:00"), &["2026-03-02"]), &existing), Ok(()));
    let today = on_dates(row_at(3, "07:00-09:30"), &["2026-03-01"]);
    assert_eq!(admitted(&today, &[]), Ok(()), "a slot that is open is not over");
    let inactive = parsed(&ScheduleRow { is_active: false, ..row_at(4, "07:00-09:00") });
    assert_eq!(admitted(&row_at(3, "08:00-10:00"), &[inactive]), Ok(()));
    let none = ScheduleRow { is_active: false, ..row_at(3, "07:30-11:00") };
    assert_eq!(admitted(&none, &existing), Ok(()), "one that is not active meets nobody yet");
}

#[test]
fn what_breaks_a_rule_is_refused_with_the_other_schedule() {
    let existing = [parsed(&row_at(1, "08:00-10:00"))];
    let overlapping = admitted(&row_at(3, "09:30-12:00"), &existing).unwrap_err();
    assert_eq!(
        overlapping,
        format!("hour_start: it meets schedule {} from 09:30 to 10:00 (every day)", id(1))
    );
    let other_day = parsed(&ScheduleRow { days_of_week: Some(vec![1]), ..row_at(1, "08:00-10:00") });
    let same_start = ScheduleRow { days_of_week: Some(vec![2]), ..row_at(3, "08:00-12:00") };
    let refused = admitted(&same_start, &[other_day]).unwrap_err();
    assert!(refused.contains(&id(1)) && refused.contains("starts at 08:00 too"), "{refused}");
    let past = admitted(&on_dates(row(3), &["2026-03-02", "2026-02-28"]), &[]).unwrap_err();
    assert_eq!(past, "specific_dates: 2026-02-28 until 10:00 is over in the shop's time zone");
    assert!(admitted(&on_dates(row_at(3, "07:00-09:00"), &["2026-03-01"]), &[]).is_err());
}

#[test]
fn cells_of_the_older_page_meet_in_their_last_half_hour() {
    let admitted = |row: &ScheduleRow, existing: &[Schedule]| {
        admit_cell(&parsed(row), existing, at("2026-03-01 09:00")).map_err(|error| error.to_string())
    };
    let cells = [parsed(&row_at(1, "10:00-11:00")), parsed(&row_at(2, "11:00-12:00"))];
    assert_eq!(admitted(&row_at(3, "10:30-11:30"), &cells), Ok(()));
    assert_eq!(admitted(&row_at(3, "09:30-10:30"), &cells), Ok(()));
    let last = [parsed(&row_at(1, "23:00-24:00"))];
    assert_eq!(admitted(&row_at(3, "23:30-24:30"), &last), Ok(()));
    for other in ["10:15-11:30", "09:00-10:45", "09:30-12:00", "10:00-11:30"] {
        assert!(admitted(&row_at(3, other), &cells).is_err(), "{other}");
    }
    let dated = on_dates(row_at(3, "10:30-11:30"), &["2026-03-02"]);
    assert!(admitted(&dated, &cells).is_err(), "a date counts before a day of the week");
}

#[test]
fn a_campaign_has_room_for_so_many() {
    let full: Vec<_> = (0..crate::SCHEDULES_PER_CAMPAIGN_MAX)
        .map(|number| parsed(&row_at(number, &format!("0:{}-0:{}", number % 59, number % 59 + 1))))
        .map(|mut schedule| {
            schedule.start =
                WallTime::from_minutes(schedule.id()[34..].parse::<u16>().unwrap() + 600).unwrap();
            schedule.end = WallTime::from_minutes(schedule.start.minutes() + 1).unwrap();
            schedule
        })
        .collect();
    assert!(admitted(&row_at(999, "08:00-09:00"), &full).unwrap_err().contains("has 100 schedules"));
    assert_eq!(admitted(&row_at(999, "08:00-09:00"), &full[1..]), Ok(()));
}
