//! Months of scheduled budgets, with faults until two days before their end.

use sim::{Case, Variant, many_of, run_budgets};

/// Months of this test.
const RUNS: u64 = 16;
/// Months in which a break must be found.
const BROKEN_RUNS: u64 = 100;

fn run(case: &Case) -> Result<sim::Tally, String> {
    run_budgets(case, false)
}

#[test]
fn every_campaign_has_the_budget_that_its_schedules_give() {
    let seed = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seeds {seed} to {}", seed + RUNS - 1);
    let tally = many_of(seed, RUNS, Case::budgets, run).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{tally}");
    let count = |what: &str| tally.budgets.get(what).copied().unwrap_or_default();
    assert!(count("edits") > RUNS * 50, "few budgets were written");
    assert!(count("looks at rest") > RUNS * 20, "nothing was looked at");
    // A slot of hours is missed where the shop cannot call at all for that time: its consent or the day's quota is used up.
    assert!(count("long slots missed") * 5 < count("slots applied"), "many slots were missed");
}

fn is_found(variant: Variant) {
    let violation = (1..=BROKEN_RUNS).find_map(|seed| run(&Case::budgets(seed).broken(variant)).err());
    let violation = violation.unwrap_or_else(|| panic!("{variant:?} was not found in {BROKEN_RUNS} months"));
    assert!(violation.starts_with("9:"), "{variant:?} was found as something else: {violation}");
}

#[test]
fn budgets_that_are_stored_without_a_fence() {
    is_found(Variant::NoBudgetFence);
}

#[test]
fn an_edit_that_is_sent_before_it_is_stored() {
    is_found(Variant::EditBeforeStore);
}
