//! Ten thousand worlds without a violation.

/// Runs of this test.
const RUNS: u64 = 10_000;

#[test]
fn no_world_breaks_an_invariant() {
    let seed = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seeds {seed} to {}", seed + RUNS - 1);
    match sim::many(seed, RUNS, sim::Case::of) {
        Ok(tally) => {
            println!("{tally}");
            // A fault that never strikes is not tried.
            for fault in sim::Fault::ALL {
                let counted = !matches!(
                    fault,
                    sim::Fault::ShopeeThrottles
                        | sim::Fault::ShopeeDayQuota
                        | sim::Fault::ShopeeBadId
                        | sim::Fault::TokenExpires
                );
                assert!(!counted || tally.faults.contains_key(&fault), "{fault:?} has never struck");
            }
        }
        Err(failure) => panic!("{failure}"),
    }
}
