//! What happened in one run, or in many.

use crate::faults::Fault;
use std::{collections::BTreeMap, fmt};

/// Counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Times that each fault has struck.
    pub faults: BTreeMap<Fault, u64>,
    /// Runs that ended, by how.
    pub runs: BTreeMap<&'static str, u64>,
    /// What became of budgets.
    pub budgets: BTreeMap<&'static str, u64>,
    /// Steps of the scheduler.
    pub steps: u64,
    /// Calls to Shopee.
    pub calls: u64,
    /// Virtual time, in milliseconds.
    pub virtual_ms: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (end, count) in &other.runs {
            *self.runs.entry(end).or_default() += count;
        }
        for (what, count) in &other.budgets {
            *self.budgets.entry(what).or_default() += count;
        }
        self.steps += other.steps;
        self.calls += other.calls;
        self.virtual_ms += other.virtual_ms;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, count) in &self.faults {
            writeln!(f, "{:<22} {count:>10}", format!("{fault:?}"))?;
        }
        for (what, count) in &self.budgets {
            writeln!(f, "{what:<22} {count:>10}")?;
        }
        let runs: Vec<String> = self.runs.iter().map(|(end, count)| format!("{count} {end}")).collect();
        let days = self.virtual_ms / (24 * 3_600_000);
        write!(
            f,
            "syncs: {}; {} steps, {} calls to Shopee, {days} days of virtual time",
            runs.join(", "),
            self.steps,
            self.calls
        )
    }
}
