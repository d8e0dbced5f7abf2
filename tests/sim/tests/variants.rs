//! Deliberate breaks of the protocol: if the invariants did not find them, they would find nothing.

use sim::{Case, Variant};

/// Runs in which a break must be found.
const RUNS: u64 = 5_000;

fn is_found(variant: Variant, by: &str) {
    match sim::many(1, RUNS, |seed| Case::of(seed).broken(variant)) {
        Ok(_) => panic!("{variant:?} was not found in {RUNS} runs"),
        Err(failure) => {
            println!("{variant:?}: {failure}");
            assert!(failure.violation.starts_with(by), "{variant:?} was found as something else: {failure}");
        }
    }
}

#[test]
fn writes_without_a_fence() {
    is_found(Variant::NoFence, "3:");
}

#[test]
fn a_counter_instead_of_a_set() {
    is_found(Variant::CounterInsteadOfSet, "4:");
}

#[test]
fn completion_by_index() {
    // The picture that is drawn says so first; what it is drawn from is right.
    is_found(Variant::CompletionByIndex, "4:");
}

#[test]
fn chunks_that_are_tried_for_ever() {
    is_found(Variant::NoAttemptBound, "7:");
}

#[test]
fn a_commit_before_the_write() {
    is_found(Variant::CommitBeforeWrite, "2:");
}
