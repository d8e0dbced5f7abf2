//! What people do between two looks, at Shopee and to schedules.

use super::{definition::Shop, *};

/// A time, the schedules from then on if they have changed, and the budget that a person sets at Shopee before.
type WriteStep<'a> = (&'a str, Option<&'a [Schedule]>, Option<&'a str>);

/// A day of one campaign whose first budget is 50.
fn day_of(steps: &[WriteStep<'_>]) -> Vec<String> {
    let (mut shop, mut schedules, mut shown) = (Shop::new(money("50")), Vec::new(), Vec::new());
    for (time, changed, hand) in steps {
        schedules = changed.map_or(schedules, <[Schedule]>::to_vec);
        shop.budget = hand.map_or(shop.budget, money);
        let budget = shop.tick(&schedules, at(&format!("2026-03-01 {time}"))).to_string();
        shown.push(budget.trim_end_matches(".00").to_owned());
    }
    assert!(shop.has_no_edit_twice(), "{:?}", shop.edits);
    shown
}

fn of(number: usize, times: &str, budget: &str) -> Schedule {
    parsed(&with_budget(row_at(number, times), budget))
}

fn restoring(schedule: &Schedule) -> Schedule {
    Schedule { restore: true, ..schedule.clone() }
}

const NOTHING: Option<&[Schedule]> = None;

#[test]
fn a_persons_budget_stays_and_the_debt_is_void() {
    let slot = [restoring(&of(1, "08:00-10:00", "500"))];
    let steps = [("08:00", Some(&slot[..]), None), ("09:00", NOTHING, Some("20")), ("10:00", NOTHING, None)];
    assert_eq!(day_of(&steps), ["500", "20", "20"]);
    let paid = [("08:00", Some(&slot[..]), None), ("09:00", NOTHING, Some("50")), ("10:00", NOTHING, None)];
    assert_eq!(day_of(&paid), ["500", "50", "50"]);
}

#[test]
fn a_persons_budget_is_what_the_next_slot_owes() {
    let slots = [restoring(&of(1, "08:00-10:00", "500")), restoring(&of(2, "10:00-12:00", "200"))];
    let steps = [
        ("08:00", Some(&slots[..]), None),
        ("09:00", NOTHING, Some("20")),
        ("10:00", NOTHING, None),
        ("12:00", NOTHING, None),
    ];
    assert_eq!(day_of(&steps), ["500", "20", "200", "20"]);
}

#[test]
fn a_changed_schedule_is_a_new_cause() {
    let moved = [
        ("08:00", Some(&[of(1, "08:00-10:00", "100")][..]), None),
        ("11:00", Some(&[of(1, "14:00-16:00", "100")][..]), Some("70")),
        ("14:00", NOTHING, None),
    ];
    assert_eq!(day_of(&moved), ["100", "70", "100"]);
    let [a, b] = ["100", "200"].map(|budget| [of(1, "00:00-24:00", budget)]);
    let there_and_back = [
        ("08:00", Some(&a[..]), None),
        ("09:00", Some(&b[..]), None),
        ("10:00", Some(&a[..]), None),
        ("11:00", NOTHING, Some("30")),
        ("12:00", Some(&b[..]), None),
    ];
    assert_eq!(day_of(&there_and_back), ["100", "200", "100", "30", "30"], "changed back is the old cause");
    let over_a_hand = [("08:00", Some(&a[..]), Some("30")), ("09:00", Some(&b[..]), Some("31"))];
    assert_eq!(day_of(&over_a_hand), ["100", "200"]);
    let later = restoring(&of(1, "08:00-11:00", "100"));
    let keeps_its_debt = [
        ("08:00", Some(&[restoring(&of(1, "08:00-10:00", "100"))][..]), None),
        ("09:00", Some(&[later][..]), None),
        ("10:00", NOTHING, None),
        ("11:00", NOTHING, None),
    ];
    assert_eq!(day_of(&keeps_its_debt), ["100", "100", "100", "50"]);
}

#[test]
fn a_schedule_that_is_switched_off_and_on_is_open_again() {
    let on = [restoring(&of(1, "00:00-24:00", "100"))];
    let steps = [
        ("08:00", Some(&on[..]), None),
        ("09:00", Some(&[][..]), None),
        ("10:00", Some(&on[..]), None),
        ("11:00", Some(&[][..]), None),
        ("12:00", NOTHING, Some("20")),
        ("13:00", Some(&on[..]), None),
    ];
    assert_eq!(day_of(&steps), ["100", "50", "100", "50", "20", "20"]);
}

#[test]
fn a_slot_around_another_comes_back_unless_a_person_has_set_something() {
    let outer = restoring(&of(1, "08:00-20:00", "80"));
    let both = [outer, restoring(&of(2, "10:00-12:00", "100"))];
    let steps = |hand| {
        [
            ("08:00", Some(&both[..]), None),
            ("10:00", NOTHING, None),
            ("11:00", NOTHING, hand),
            ("12:00", NOTHING, None),
            ("20:00", NOTHING, None),
        ]
    };
    assert_eq!(day_of(&steps(None)), ["80", "100", "100", "80", "50"]);
    assert_eq!(day_of(&steps(Some("33"))), ["80", "100", "33", "33", "33"]);
}

#[test]
fn a_run_that_restores_has_a_span_of_its_own() {
    let schedule = [restoring(&of(1, "08:00-10:00", "100"))];
    let mut shop = Shop::new(money("50"));
    let mut tick = |time: &str, run: Option<Option<u32>>| {
        let now = at(&format!("2026-03-01 {time}"));
        if let Some(minutes) = run {
            let memory = shop.memory.entry(7).or_default().clone();
            shop.write(Intent::now(&schedule[0], schedule[0].is_open(now), &memory, clock(now), minutes));
        }
        shop.tick(&schedule, now).to_string()
    };
    assert_eq!(tick("13:00", Some(None)), "100.00");
    assert_eq!(
        (tick("14:59", None), tick("15:00", None)),
        ("100.00".into(), "50.00".into()),
        "as long as a slot"
    );
    assert_eq!(tick("16:00", Some(Some(20))), "100.00");
    assert_eq!((tick("16:19", None), tick("16:20", None)), ("100.00".into(), "50.00".into()));
    assert_eq!(tick("16:30", Some(Some(5))), "100.00");
    assert_eq!(tick("16:31", Some(Some(10))), "100.00", "again, before the end");
    assert_eq!((tick("16:36", None), tick("16:41", None)), ("100.00".into(), "50.00".into()));
    assert_eq!(shop.edits.len(), 6);
}
