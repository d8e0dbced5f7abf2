//! Months of scheduled budgets with people, held against the definition in docs/budgets.md.

use sim::{
    Case, Fault,
    Fault::{
        BudgetByHand, CampaignThrottle, OldTables, RegionLost, RulePut, RunNow, ScheduleBudget,
        ScheduleDeleted, ScheduleSwitched, SoldOut, Stop,
    },
    Faults, Tally, Variant, many_of, run_budgets,
};

/// Months of this test.
const RUNS: u64 = 16;
/// Months within which a break must be found.
const BROKEN_RUNS: u64 = 300;
/// What a budget that is not the defined one is said to be.
const UNDEFINED: &str = "by the definition";

fn run(case: &Case) -> Result<Tally, String> {
    run_budgets(case, false)
}

fn only(seed: u64, campaigns: u32, kinds: &[Fault]) -> Case {
    Case { shops: 1, campaigns, faults: Faults::only(kinds.iter().copied()), ..Case::budgets(seed) }
}

#[test]
fn every_campaign_has_the_budget_that_the_definition_says() {
    let seed = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seeds {seed} to {}", seed + RUNS - 1);
    let kinds =
        [ScheduleBudget, ScheduleSwitched, ScheduleDeleted, BudgetByHand, Stop, RegionLost, OldTables];
    let tally = many_of(seed, RUNS, |seed| only(seed, 1, &kinds), run);
    let tally = tally.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{tally}");
    let count = |what: &str| tally.budgets.get(what).copied().unwrap_or_default();
    assert!(count("edits taken") > RUNS, "few budgets were written");
    assert!(count("looks at calm moments") > RUNS * 20, "nothing was looked at");
    let unseen =
        kinds.iter().filter(|kind| **kind != OldTables).find(|kind| !tally.faults.contains_key(kind));
    assert_eq!(unseen, None, "nobody has done this");
}

/// A run now failed while Shopee was owed the end of a slot, which then waited for as long as the run would have lasted.
#[test]
fn a_run_that_has_failed_holds_nothing_back() {
    if let Err(violation) = run(&Case { shops: 1, campaigns: 1, ..Case::budgets(32) }) {
        panic!("{violation}");
    }
}

/// A break is found by what it breaks, which without it is whole in the same month.
fn is_found(variant: Variant, campaigns: u32, kinds: &[Fault], by: &str) {
    is_found_among(1, variant, by, |seed| only(seed, campaigns, kinds));
}

fn is_found_among(first: u64, variant: Variant, by: &str, case: impl Fn(u64) -> Case) {
    let breaks = |case: &Case| run(case).err().filter(|violation| violation.contains(by));
    let found = (first..first + BROKEN_RUNS).find_map(|seed| {
        let case = case(seed);
        let violation = breaks(&case.clone().broken(variant))?;
        breaks(&case).is_none().then_some((seed, violation))
    });
    let (seed, violation) =
        found.unwrap_or_else(|| panic!("{variant:?} was not found in {BROKEN_RUNS} months"));
    println!("{variant:?}: seed {seed}: {violation}");
}

#[test]
fn a_schedule_that_is_settled_and_never_looked_at_again() {
    is_found(Variant::ChangesUnseen, 1, &[ScheduleBudget], UNDEFINED);
}

/// Whoever changes something must come between the plan of a wave and its last edits, which is rare: the first seed is one that
/// finds it.
#[test]
fn an_edit_whose_reasons_are_not_looked_at_again_when_it_is_sent() {
    let kinds = [Stop, ScheduleBudget, ScheduleSwitched, RulePut];
    is_found_among(29, Variant::DecidedOnce, "got an edit", |seed| only(seed, 20, &kinds));
}

#[test]
fn a_change_that_waits_for_the_next_tick() {
    is_found(Variant::ChangesUntold, 1, &[ScheduleBudget], UNDEFINED);
}

#[test]
fn a_persons_hand_that_nobody_notices() {
    is_found(Variant::HandsUnseen, 1, &[BudgetByHand], "got an edit");
}

#[test]
fn a_debt_that_is_forgotten_when_it_is_refused() {
    is_found(Variant::DebtForgotten, 1, &[SoldOut], UNDEFINED);
}

#[test]
fn budgets_that_only_syncs_know() {
    is_found(Variant::StaleBudgets, 3, &[RulePut], "which the rules forbid");
}

#[test]
fn edits_that_have_no_line_of_their_own() {
    is_found(Variant::LinesOnce, 1, &[RunNow, BudgetByHand], "has no line in the log");
}

#[test]
fn a_log_that_must_name_a_schedule_that_is_there() {
    is_found(Variant::LogNamesSchedules, 1, &[ScheduleDeleted], "9:");
}

#[test]
fn a_region_that_is_guessed() {
    is_found(Variant::RegionGuessed, 1, &[RegionLost], "region");
}

#[test]
fn a_campaigns_throttle_that_stops_all() {
    let shops_of_one_app = |seed| Case { shops: 3, ..only(seed, 3, &[CampaignThrottle]) };
    is_found_among(1, Variant::ThrottleOfAll, UNDEFINED, shops_of_one_app);
}

/// Months with everything that can go wrong in one.
fn is_found_in_storms(variant: Variant, by: &str) {
    let breaks = |case: &Case| run(case).err().filter(|violation| violation.contains(by));
    let found = (1..=BROKEN_RUNS).find_map(|seed| {
        let case = Case::budgets(seed);
        let violation = breaks(&case.clone().broken(variant))?;
        breaks(&case).is_none().then_some(violation)
    });
    println!("{variant:?}: {found:?}");
    assert!(found.is_some(), "{variant:?} was not found in {BROKEN_RUNS} months");
}

#[test]
fn budgets_that_are_stored_without_a_fence() {
    is_found_in_storms(Variant::NoBudgetFence, "under fence");
}

#[test]
fn an_edit_that_is_sent_before_it_is_stored() {
    is_found_in_storms(Variant::EditBeforeStore, "got an edit");
}
