use super::*;

#[test]
fn money_is_read_exactly() {
    for (text, hundredths) in [
        ("0", 0),
        ("45.5", 4_550),
        ("45.05", 4_505),
        ("0.01", 1),
        ("007.10", 710),
        ("9999999999999.99", 999_999_999_999_999),
    ] {
        assert_eq!(money(text).hundredths(), hundredths, "{text}");
    }
    for text in ["0.00", "45.50", "100000.00", "9999999999999.99"] {
        assert_eq!(money(text).to_string(), text);
        assert_eq!(Money::from_platform(money(text).to_platform()), Some(money(text)), "{text}");
    }
    let json = serde_json::to_string(&money("45.5")).unwrap();
    assert_eq!(json, "\"45.50\"");
    assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money("45.5"));
}

#[test]
fn what_is_no_money_is_refused() {
    use MoneyError::{Negative, NotANumber, TooLarge, TooManyDecimals};
    for (text, error) in [
        ("", NotANumber),
        (" 5", NotANumber),
        ("+5", NotANumber),
        ("1e3", NotANumber),
        ("1,000", NotANumber),
        ("NaN", NotANumber),
        (".5", NotANumber),
        ("5.", NotANumber),
        ("1.2.3", NotANumber),
        ("-5", Negative),
        ("5.123", TooManyDecimals),
        ("5.000", TooManyDecimals),
        ("10000000000000.00", TooLarge),
        ("99999999999999999999999", TooLarge),
    ] {
        assert_eq!(text.parse::<Money>(), Err(error), "{text}");
    }
}

#[test]
fn a_number_of_the_platform_is_not_taken_for_another() {
    for (major, text) in
        [(30.0, "30.00"), (0.1 + 0.2, "0.30"), (f64::from(45.3_f32), "45.30"), (-0.0, "0.00")]
    {
        assert_eq!(Money::from_platform(major), Some(money(text)));
    }
    for major in [f64::NAN, f64::INFINITY, -1.0, 1e16, 45.505, 0.001, -0.001] {
        assert_eq!(Money::from_platform(major), None, "{major}");
    }
}

#[test]
fn a_total_has_no_unlimited_part() {
    assert_eq!(total_hundredths([money("1.50"), money("2")]), Some(350));
    assert_eq!(total_hundredths([money("1.50"), Money::UNLIMITED]), None);
    assert_eq!(total_hundredths([]), Some(0));
}

#[test]
fn a_row_becomes_a_schedule() {
    let schedule = parsed(&ScheduleRow { id: id(1).to_uppercase(), ..row(1) });
    assert_eq!((schedule.id(), schedule.budget()), (&*id(1), money("100")));
    assert_eq!((schedule.start().to_string(), schedule.end().to_string()), ("08:00".into(), "10:00".into()));
    assert_eq!(schedule.days(), &Days::Weekly(WeekDays::ALL));
    for end in ["00:00-24:00", "00:00-00:00", "22:30-00:00", "23:30-24:30"] {
        assert_eq!(parsed(&row_at(1, end)).end(), WallTime::MIDNIGHT);
    }
    let empty_lists =
        ScheduleRow { specific_dates: Some(vec![]), days_of_week: Some(vec![1, 1, 0]), ..row(1) };
    assert_eq!(parsed(&empty_lists).days().to_string(), "Sunday, Monday");
    let dates_win = ScheduleRow { days_of_week: Some(vec![9]), ..on_dates(row(1), &["2026-03-01"]) };
    assert_eq!(parsed(&dates_win).days().to_string(), "2026-03-01");
    let mut stored = serde_json::to_value(row(1)).unwrap();
    stored["is_active"] = serde_json::Value::Null;
    assert!(!parsed(&serde_json::from_value(stored).unwrap()).is_active());
}

#[test]
fn a_budget_without_a_limit_is_said_by_name() {
    for budget in [None, Some("0".to_owned()), Some("0.00".to_owned())] {
        let unlimited = parsed(&ScheduleRow { budget, unlimited: true, ..row(1) });
        assert!(unlimited.budget().is_unlimited());
    }
}

#[test]
fn a_bad_field_is_named_with_what_is_allowed() {
    let many_dates = vec!["2026-03-01".to_owned(); 367];
    for (row, error) in [
        (ScheduleRow { id: "7".into(), ..row(1) }, "id: '7' is no UUID"),
        (ScheduleRow { shop_id: 0, ..row(1) }, "shop_id: 0 is not allowed; allowed are 1 to 4294967295"),
        (ScheduleRow { campaign_id: -1, ..row(1) }, "campaign_id: -1 is not allowed"),
        (ScheduleRow { hour_start: 25, ..row(1) }, "hour_start: 25 is not allowed; allowed are 0 to 23"),
        (ScheduleRow { hour_end: 25, ..row(1) }, "hour_end: 25 is not allowed; allowed are 0 to 24"),
        (ScheduleRow { minute_start: 60, ..row(1) }, "minute_start: 60 is not allowed; allowed are 0 to 59"),
        (row_at(1, "08:00-24:60"), "minute_end: 60 is not allowed"),
        (
            row_at(1, "22:00-06:00"),
            "hour_end: the end 06:00 is not after the start 22:00; for a slot over midnight",
        ),
        (row_at(1, "08:00-08:00"), "hour_end: the end 08:00 is not after"),
        (ScheduleRow { budget: None, ..row(1) }, "budget: '' is not a number"),
        (with_budget(row(1), "0"), "budget: 0 is no budget; one without a limit is said by name"),
        (with_budget(row(1), "0.00"), "budget: 0 is no budget"),
        (ScheduleRow { unlimited: true, ..row(1) }, "unlimited: there is a budget of 100.00 too"),
        (with_budget(row(1), "ten"), "budget: 'ten' is not a number"),
        (with_budget(row(1), "1.234"), "budget: '1.234' is more than two decimals"),
        (ScheduleRow { days_of_week: Some(vec![7]), ..row(1) }, "days_of_week: allowed are 0 (Sunday) to 6"),
        (ScheduleRow { days_of_week: Some(vec![-1]), ..row(1) }, "days_of_week: allowed are"),
        (ScheduleRow { days_of_week: Some(vec![]), ..row(1) }, "days_of_week: allowed are"),
        (on_dates(row(1), &[]), "specific_dates: the list is empty"),
        (on_dates(row(1), &["2026-3-1"]), "specific_dates: '2026-3-1' is no date"),
        (on_dates(row(1), &["2026-02-29"]), "specific_dates: '2026-02-29' is no date"),
        (ScheduleRow { specific_dates: Some(many_dates), ..row(1) }, "specific_dates: 367 dates; allowed"),
    ] {
        let found = Schedule::parse(&row).unwrap_err().to_string();
        assert!(found.starts_with(error), "'{found}' should begin with '{error}'");
    }
}

#[test]
fn reference_ids_are_of_one_cause() {
    let key = parsed(&row(1)).slot(day("2026-03-01"));
    assert!(reference_id(&key, 'a', 0).starts_with(&format!("{}-20260301-", id(1))));
    let slot = |row: &ScheduleRow| parsed(row).slot(key.date);
    let all = [
        reference_id(&key, 'a', 0),
        reference_id(&key, 'r', 0),
        reference_id(&key, 'a', 1),
        reference_id(&slot(&row(2)), 'a', 0),
        reference_id(&slot(&with_budget(row(1), "100.01")), 'a', 0),
        reference_id(&slot(&row_at(1, "08:00-10:01")), 'a', 0),
        reference_id(&slot(&row_at(1, "08:01-10:00")), 'a', 0),
        reference_id(&parsed(&row(1)).slot(day("2026-03-02")), 'a', u32::MAX),
    ];
    assert_eq!(all.iter().collect::<compact::SortedSet<_>>().len(), all.len());
    assert!(all.iter().all(|text| text.len() <= crate::REFERENCE_ID_MAX));
    let text = String::from(key.clone());
    assert_eq!(SlotKey::try_from(text).unwrap(), key);
    let older = SlotKey::try_from(format!("{}@2026-03-01", id(1))).unwrap();
    assert!(older.is(&key) && !older.is(&slot(&row(2))), "what an older release has stored is of any form");
}
