use super::validator::ScheduleValidator;
use crate::budget::rails;
use compact::json;
use serde_json::Value;
use sync_core::{SCHEDULES_PER_SHOP_MAX, budget::ScheduleRow};

fn id(number: i32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A schedule of campaign 7 for every day, starting at `hour` and lasting an hour.
fn row(number: i32, hour: i32) -> ScheduleRow {
    ScheduleRow {
        id: id(number),
        shop_id: 1,
        campaign_id: 7,
        campaign_name: None,
        ad_type: None,
        hour_start: hour,
        minute_start: 0,
        hour_end: hour + 1,
        minute_end: 0,
        budget: Some("45.50".to_owned()),
        days_of_week: None,
        specific_dates: None,
        is_active: true,
        restore: false,
        unlimited: false,
        created_by: None,
        created_at_ms: None,
        updated_at_ms: None,
    }
}

fn on(row: ScheduleRow, dates: &[&str]) -> ScheduleRow {
    ScheduleRow { specific_dates: Some(dates.iter().map(|date| (*date).to_owned()).collect()), ..row }
}

fn stored(row: &ScheduleRow) -> Value {
    json!(row)
}

/// A shop in Brazil with a floor of 20 and a ceiling of 100, on 1 March 2026 at 09:00.
fn held(rows: &[Value]) -> ScheduleValidator {
    let admission = json!({
        "local": "2026-03-01T09:00:00", "region": "BR", "print": "", "of_shop": rows.len(), "made": [],
        "rules": { "deployment": { "floor": "20.00" }, "shop": { "ceiling": "100.00" } },
        "campaigns": [
            { "campaign_id": 7, "name": "Seven", "ad_type": "auto", "status": "ongoing", "is_gone": false },
            { "campaign_id": 8, "name": null, "ad_type": null, "status": "ended", "is_gone": false },
            { "campaign_id": 9, "name": null, "ad_type": null, "status": "ongoing", "is_gone": true },
        ],
        "elsewhere": [10],
        "schedules": rows,
    });
    ScheduleValidator::new(serde_json::from_value(admission).unwrap())
}

fn why(held: &ScheduleValidator, row: &ScheduleRow, old: Option<&ScheduleRow>) -> (String, &'static str) {
    let refused = held.check(row, old).unwrap_err();
    assert!(!refused.reason.is_empty());
    (refused.field, refused.rule)
}

#[test]
fn every_refusal_names_field_and_rule() {
    let existing = held(&[stored(&row(1, 8))]);
    let budget = |text: &str| ScheduleRow { budget: Some(text.to_owned()), ..row(2, 12) };
    let campaign = |campaign_id| ScheduleRow { campaign_id, ..row(2, 12) };
    let cases = [
        (budget("19.99"), "budget", "floor"),
        (budget("100.01"), "budget", "ceiling"),
        (budget("0"), "budget", "unlimited"),
        (budget("0.00"), "budget", "unlimited"),
        (ScheduleRow { unlimited: true, ..row(2, 12) }, "unlimited", "allowed_values"),
        (ScheduleRow { unlimited: true, ..budget("0") }, "budget", "ceiling"),
        (ScheduleRow { hour_end: 24, minute_end: 30, ..row(2, 12) }, "minute_end", "allowed_values"),
        (budget("much"), "budget", "not_a_number"),
        (budget("1e1"), "budget", "not_a_number"),
        (budget("45.555"), "budget", "too_many_decimals"),
        (budget("-45"), "budget", "negative"),
        (budget("99999999999999"), "budget", "too_large"),
        (ScheduleRow { hour_start: 25, ..row(2, 12) }, "hour_start", "allowed_values"),
        (ScheduleRow { hour_end: 25, ..row(2, 12) }, "hour_end", "allowed_values"),
        (ScheduleRow { hour_end: 11, ..row(2, 12) }, "hour_end", "allowed_values"),
        (ScheduleRow { minute_start: 60, ..row(2, 12) }, "minute_start", "allowed_values"),
        (ScheduleRow { days_of_week: Some(vec![7]), ..row(2, 12) }, "days_of_week", "allowed_values"),
        (on(row(2, 12), &["2026-02-30"]), "specific_dates", "allowed_values"),
        (on(row(2, 12), &["2026-02-28"]), "specific_dates", "past_date"),
        (on(row(2, 7), &["2026-03-01"]), "specific_dates", "past_date"),
        (ScheduleRow { minute_start: 59, hour_end: 10, ..row(2, 8) }, "hour_start", "overlap"),
        (on(row(2, 8), &["2026-03-02"]), "hour_start", "overlap"),
        (ScheduleRow { is_active: false, ..row(2, 8) }, "hour_start", "same_start"),
        (campaign(8), "campaign_id", "campaign_status"),
        (campaign(9), "campaign_id", "campaign_status"),
        (campaign(10), "campaign_id", "campaign_of_another_shop"),
        (campaign(11), "campaign_id", "unknown_campaign"),
        (campaign(-1), "campaign_id", "allowed_values"),
    ];
    for (row, field, rule) in cases {
        assert_eq!(why(&existing, &row, None), (field.to_owned(), rule), "{row:?}");
    }
    assert!(existing.check(&row(2, 9), None).is_ok(), "where one ends another may begin");
}

#[test]
fn lines_are_held_against_those_before_them() {
    let mut held = held(&[]);
    let first = held.check(&row(1, 8), None).unwrap();
    held.take(first);
    let second = ScheduleRow { minute_start: 30, hour_end: 10, ..row(2, 8) };
    let refused = held.check(&second, None).unwrap_err();
    assert_eq!(refused.rule, "overlap");
    assert!(refused.reason.contains(&format!("schedule {}", id(1))), "{}", refused.reason);
}

#[test]
fn dates_that_a_schedule_had_are_not_asked_again() {
    let old = on(row(1, 8), &["2026-02-28", "2026-03-05"]);
    let existing = held(&[stored(&old)]);
    let was = existing.row(&id(1)).unwrap();
    let cheaper = ScheduleRow { budget: Some("30".to_owned()), ..old.clone() };
    assert!(existing.check(&cheaper, Some(was)).is_ok());
    let more = on(cheaper.clone(), &["2026-02-27", "2026-02-28", "2026-03-05"]);
    assert_eq!(why(&existing, &more, Some(was)), ("specific_dates".to_owned(), "past_date"));
    let all_over = on(cheaper, &["2026-02-28"]);
    assert_eq!(why(&existing, &all_over, Some(was)), ("specific_dates".to_owned(), "past_date"));
    let inactive = ScheduleRow { is_active: false, ..all_over };
    assert!(existing.check(&inactive, Some(was)).is_ok(), "it has no slots");
}

#[test]
fn a_changed_schedule_is_admitted_when_it_is_or_becomes_active() {
    let other = row(1, 8);
    let sleeping = ScheduleRow { is_active: false, minute_start: 30, ..row(2, 8) };
    let existing = held(&[stored(&other), stored(&sleeping)]);
    let was = existing.row(&id(2)).unwrap();
    let still_sleeping = ScheduleRow { budget: Some("50".to_owned()), ..sleeping.clone() };
    assert!(existing.check(&still_sleeping, Some(was)).is_ok());
    let awake = ScheduleRow { is_active: true, ..sleeping.clone() };
    assert_eq!(why(&existing, &awake, Some(was)), ("hour_start".to_owned(), "overlap"));
    let moved = ScheduleRow { hour_start: 9, minute_start: 0, hour_end: 11, ..awake };
    assert!(existing.check(&moved, Some(was)).is_ok());
    let onto_the_other = ScheduleRow { minute_start: 0, ..sleeping };
    assert_eq!(why(&existing, &onto_the_other, Some(was)), ("hour_start".to_owned(), "same_start"));
}

#[test]
fn a_budget_without_a_limit_needs_a_rule_that_allows_it() {
    let unlimited = ScheduleRow { budget: Some("0".to_owned()), unlimited: true, ..row(1, 8) };
    let mut existing = held(&[]);
    let allowed = json!({ "allow_unlimited": true });
    for (deployment, shop, rule) in [
        (json!({}), json!({}), Some("unlimited")),
        (allowed.clone(), json!({ "allow_unlimited": false }), Some("unlimited")),
        (allowed.clone(), json!({ "ceiling": "100" }), Some("ceiling")),
        (json!({ "largest": "100" }), allowed, None),
    ] {
        existing.rails = rails("BR", &json!({ "deployment": deployment, "shop": shop }));
        let refused = existing.check(&unlimited, None).err().map(|refused| refused.rule);
        assert_eq!(refused, rule, "{deployment} {shop}");
    }
}

#[test]
fn cells_of_the_older_page_are_taken_from_it_and_stay() {
    let cell = ScheduleRow { hour_end: 11, ..row(1, 10) };
    let last = ScheduleRow { minute_start: 30, hour_end: 24, minute_end: 30, ..row(2, 23) };
    let mut existing = held(&[stored(&cell), stored(&last)]);
    let next = ScheduleRow { minute_start: 30, hour_end: 11, minute_end: 30, ..row(3, 10) };
    let last_of_another = ScheduleRow { campaign_id: 7, minute_start: 15, ..last.clone() };
    assert_eq!(why(&existing, &next, None), ("hour_start".to_owned(), "overlap"));
    assert_eq!(why(&existing, &last_of_another, None), ("minute_end".to_owned(), "allowed_values"));
    let was = existing.row(&id(2)).unwrap();
    let cheaper = ScheduleRow { budget: Some("30".to_owned()), ..last.clone() };
    assert!(existing.check(&cheaper, Some(was)).is_ok(), "it is no cell of today");
    existing.takes_cells = true;
    assert!(existing.check(&next, None).is_ok());
    let wider = ScheduleRow { minute_start: 15, hour_end: 12, ..row(3, 10) };
    assert_eq!(why(&existing, &wider, None), ("hour_start".to_owned(), "overlap"));
}

#[test]
fn a_row_that_cannot_be_read_still_has_its_start() {
    let mut broken = stored(&row(1, 22));
    broken["hour_end"] = json!(3);
    let existing = held(&[broken]);
    assert_eq!(why(&existing, &row(2, 22), None), ("hour_start".to_owned(), "same_start"));
    assert!(existing.check(&ScheduleRow { minute_start: 1, ..row(2, 22) }, None).is_ok());
}

#[test]
fn rules_that_contradict_each_other_allow_nothing() {
    let mut existing = held(&[]);
    existing.rails = rails("BR", &json!({ "deployment": { "floor": "200" }, "shop": { "ceiling": "100" } }));
    assert_eq!(why(&existing, &row(1, 8), None), ("budget".to_owned(), "budget_rules_unusable"));
}

#[test]
fn a_shop_has_room_for_so_many() {
    let mut existing = held(&[]);
    existing.of_shop = SCHEDULES_PER_SHOP_MAX;
    assert_eq!(why(&existing, &row(1, 8), None), ("campaign_id".to_owned(), "too_many"));
}
