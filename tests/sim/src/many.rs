//! Many runs, on all cores.

use crate::{Case, Tally, run};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// A run that broke an invariant.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was broken.
    pub violation: String,
    /// A smaller case that fails too.
    pub least: Case,
    /// What it breaks.
    pub least_violation: String,
}

/// Runs the seeds from `base` on; `case` makes a case of a seed. Stops at the first failure, which is shrunk.
///
/// # Errors
/// The failure.
pub fn many(base: u64, runs: u64, case: impl Fn(u64) -> Case + Sync) -> Result<Tally, Box<Failure>> {
    many_of(base, runs, case, run)
}

/// As [`many`], of another kind of run.
///
/// # Errors
/// The failure.
pub fn many_of(
    base: u64,
    runs: u64,
    case: impl Fn(u64) -> Case + Sync,
    run: impl Fn(&Case) -> Result<Tally, String> + Sync,
) -> Result<Tally, Box<Failure>> {
    let caught = |case: &Case| caught(case, &run);
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (sum, failure) = (Mutex::new(Tally::default()), Mutex::new(None));
    let work = || {
        let mut own = Tally::default();
        while !stop.load(Ordering::Relaxed) {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= runs {
                break;
            }
            let seed = base.wrapping_add(n);
            match caught(&case(seed)) {
                Ok(tally) => own.add(&tally),
                Err(violation) => {
                    stop.store(true, Ordering::Relaxed);
                    failure.lock().expect("no thread has panicked").get_or_insert((seed, violation));
                }
            }
        }
        sum.lock().expect("no thread has panicked").add(&own);
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    match failure.into_inner().expect("no thread has panicked") {
        None => Ok(sum.into_inner().expect("no thread has panicked")),
        Some((seed, violation)) => {
            let least = case(seed).shrink(|case| caught(case).is_err());
            let least_violation = caught(&least).err().unwrap_or_default();
            Err(Box::new(Failure { seed, violation, least, least_violation }))
        }
    }
}

/// A panic of the code under test is a violation too.
fn caught(case: &Case, run: &impl Fn(&Case) -> Result<Tally, String>) -> Result<Tally, String> {
    catch_unwind(AssertUnwindSafe(|| run(case))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("it panicked: {}", text.unwrap_or_default()))
    })
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.violation)?;
        writeln!(f, "a smaller case: {:?}", self.least)?;
        write!(f, "which breaks: {}", self.least_violation)
    }
}
