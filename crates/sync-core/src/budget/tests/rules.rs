use super::*;

fn rails() -> GuardRails {
    GuardRails {
        floor: Some(money("10")),
        ceiling: Some(money("500")),
        change_percent_tick: Some(50),
        change_percent_day: Some(100),
        shop_daily_total: Some(money("1000")),
        ..GuardRails::default()
    }
}

fn asked(rails: &GuardRails, from: &str, to: &str, day_start: Option<&str>, others: Option<i64>) -> String {
    let context = RailContext { day_start: day_start.map(money), others_hundredths: others };
    let change = Change { from: money(from), to: money(to), is_restore: false };
    check(rails, change, &context).map_or_else(|rule| rule.name().to_owned(), |()| "ok".into())
}

#[test]
fn each_rule_has_its_bound() {
    let rails = rails();
    for (from, to, day_start, others, answer) in [
        ("100", "150", None, Some(0), "ok"),
        ("100", "150.01", None, Some(0), "change_percent_tick"),
        ("100", "50", None, Some(0), "ok"),
        ("100", "49.99", None, Some(0), "change_percent_tick"),
        ("10", "9.99", None, Some(0), "floor"),
        ("10", "10", None, Some(0), "ok"),
        ("480", "500", None, Some(0), "ok"),
        ("480", "500.01", None, Some(0), "ceiling"),
        ("100", "0", None, Some(0), "ceiling"),
        ("150", "200", Some("100"), Some(0), "ok"),
        ("150", "200.01", Some("100"), Some(0), "change_percent_day"),
        ("100", "150", None, Some(85_000), "ok"),
        ("100", "150", None, Some(85_001), "shop_daily_total"),
        ("100", "150", None, None, "shop_daily_total"),
        ("150", "100", None, Some(99_999_999), "ok"),
        ("0", "100", None, Some(0), "change_percent_tick"),
    ] {
        assert_eq!(asked(&rails, from, to, day_start, others), answer, "{from} to {to}");
    }
}

#[test]
fn unlimited_is_no_small_number() {
    let refused = GuardRails::default();
    assert_eq!(asked(&refused, "100", "0", None, Some(0)), "unlimited");
    let none = GuardRails { allow_unlimited: true, ..refused };
    let of_shopee = GuardRails { largest: Some(money("500")), ..none };
    assert_eq!(asked(&of_shopee, "100", "0", None, Some(0)), "ok", "Shopee takes it whatever its largest is");
    assert_eq!(asked(&of_shopee, "100", "500.01", None, Some(0)), "ceiling");
    let raised = GuardRails { ceiling: Some(money("900")), ..of_shopee };
    assert_eq!(asked(&raised, "100", "900", None, Some(0)), "ok");
    assert_eq!(asked(&raised, "100", "0", None, Some(0)), "ceiling");
    assert_eq!(asked(&none, "100", "0", None, None), "ok");
    let floor = GuardRails { floor: Some(money("10")), ..none };
    assert_eq!(asked(&floor, "100", "0", None, None), "ok", "it is not below the floor");
    let total = GuardRails { shop_daily_total: Some(money("1000")), ..none };
    assert_eq!(asked(&total, "100", "0", None, Some(0)), "shop_daily_total");
    assert_eq!(asked(&total, "0", "100", None, Some(95_000)), "ok", "it goes down, though not far enough");
    let percent = GuardRails { change_percent_tick: Some(1_000), ..none };
    assert_eq!(asked(&percent, "0", "0", None, None), "ok");
    assert_eq!(asked(&percent, "100", "0", None, None), "change_percent_tick");
}

#[test]
fn the_switches_come_first_and_last() {
    let both = GuardRails { enabled: false, dry_run: true, ..rails() };
    assert_eq!(asked(&both, "100", "9999", None, Some(0)), "kill_switch");
    let dry = GuardRails { enabled: true, ..both };
    assert_eq!(asked(&dry, "100", "9999", None, Some(0)), "ceiling");
    assert_eq!(asked(&dry, "100", "120", None, Some(0)), "dry_run");
}

#[test]
fn an_earlier_budget_may_come_back_from_far() {
    let context = RailContext { day_start: None, others_hundredths: Some(0) };
    let change = Change { from: money("40"), to: money("400"), is_restore: true };
    assert_eq!(check(&rails(), change, &context), Ok(()));
    for later in ["501", "9.99"] {
        let owed = Change { to: money(later), ..change };
        assert_eq!(check(&rails(), owed, &context), Ok(()), "a rule that came later does not lock it in");
    }
    let unlimited = Change { to: Money::UNLIMITED, ..change };
    assert_eq!(check(&GuardRails::default(), unlimited, &context), Ok(()), "it was so before");
    let sum = RailContext { others_hundredths: Some(60_001), ..context };
    assert_eq!(check(&rails(), change, &sum).unwrap_err().name(), "shop_daily_total");
    let stopped = GuardRails { enabled: false, ..rails() };
    assert_eq!(check(&stopped, change, &context).unwrap_err().name(), "kill_switch");
}

#[test]
fn a_sentence_begins_with_the_rules_name() {
    let (from, to) = (money("100"), Money::UNLIMITED);
    for rule in [
        Violation::KillSwitch,
        Violation::DryRun { from, to },
        Violation::Floor { budget: from, floor: from },
        Violation::Ceiling { budget: to, ceiling: from },
        Violation::Unlimited,
        Violation::ChangePercentTick { from, to, percent: 5 },
        Violation::ChangePercentDay { from, to, percent: 5 },
        Violation::ShopDailyTotal { budget: from, total: from },
    ] {
        assert!(rule.to_string().starts_with(&format!("{}: ", rule.name())), "{rule}");
    }
    assert_eq!(Violation::DryRun { from, to }.to_string(), "dry_run: 100.00 would become 0 (unlimited)");
}

#[test]
fn the_markets_are_those_whose_clocks_the_database_knows() {
    let sql = include_str!("../../../../../migrations/V1__shops.sql");
    let memory: Vec<&str> = sql.split("WHEN '").skip(1).filter_map(|rest| rest.get(..2)).collect();
    assert!(memory.len() == 12 && memory.iter().all(|region| is_region(region)), "{memory:?}");
    assert!(!is_region("") && !is_region("br") && !is_region("US"));
}

#[test]
fn a_shop_has_its_own_rules_or_inherits_them() {
    let text = |value: &str| Some(value.to_owned());
    let deployment = GuardRailsOverride {
        ceiling: text("500"),
        change_percent_day: Some(40),
        ..GuardRailsOverride::default()
    };
    let shop =
        GuardRailsOverride { ceiling: text("900"), dry_run: Some(true), ..GuardRailsOverride::default() };
    let rails = GuardRails::resolve("BR", &deployment, &shop).unwrap();
    assert_eq!((rails.floor, rails.ceiling), (Some(money("10")), Some(money("900"))));
    assert_eq!((rails.change_percent_day, rails.enabled, rails.dry_run), (Some(40), true, true));
    let off = GuardRailsOverride { enabled: Some(false), ..deployment.clone() };
    let on = GuardRailsOverride { enabled: Some(true), ..GuardRailsOverride::default() };
    assert!(!GuardRails::resolve("BR", &off, &on).unwrap().enabled, "a shop does not undo the kill switch");
    assert_eq!(GuardRails::resolve("VN", &on, &on).unwrap().floor, Some(money("100000")));
    assert_eq!(GuardRails::resolve("SG", &on, &on).unwrap().floor, None);
    assert_eq!(GuardRails::resolve("", &on, &on).unwrap_err().field, "region");
    assert_eq!(GuardRails::resolve("ZZ", &on, &on).unwrap_err().field, "region");
    assert!(GuardRails::joined("", &on, &on).is_ok(), "the deployment has none");
    let allowed = GuardRailsOverride { allow_unlimited: Some(true), ..GuardRailsOverride::default() };
    let not_here = GuardRailsOverride { allow_unlimited: Some(false), ..GuardRailsOverride::default() };
    assert!(GuardRails::resolve("BR", &allowed, &on).unwrap().allow_unlimited);
    assert!(!GuardRails::resolve("BR", &allowed, &not_here).unwrap().allow_unlimited);
    assert!(!GuardRails::resolve("BR", &on, &on).unwrap().allow_unlimited);
    for (values, field) in [
        (GuardRailsOverride { floor: text("ten"), ..on.clone() }, "floor"),
        (GuardRailsOverride { ceiling: text("0"), ..on.clone() }, "ceiling"),
        (GuardRailsOverride { ceiling: text("9.99"), ..on.clone() }, "ceiling"),
        (GuardRailsOverride { shop_daily_total: text("-1"), ..on.clone() }, "shop_daily_total"),
        (GuardRailsOverride { change_percent_tick: Some(0), ..on.clone() }, "change_percent_tick"),
        (GuardRailsOverride { change_percent_day: Some(i64::MAX), ..on.clone() }, "change_percent_day"),
    ] {
        assert_eq!(GuardRails::resolve("BR", &on, &values).unwrap_err().field, field);
    }
    let schedule = parsed(&with_budget(row(1), "9.99"));
    assert_eq!(rails.check_budget(schedule.budget()).unwrap_err().name(), "floor");
}
