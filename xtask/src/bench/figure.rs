//! The figures of the table, with what they must reach.

use serde::Serialize;

/// On which side of its bar a figure must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The bar or more.
    AtLeast,
    /// The bar or less.
    AtMost,
}

/// What is expected of a figure.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// The figure, as the table names it.
    pub name: &'static str,
    /// Which side is good.
    pub side: Side,
    /// What must be reached.
    pub bar: f64,
    /// What is hoped for.
    pub aim: f64,
}

const fn at_least(name: &'static str, bar: f64, aim: f64) -> Bar {
    Bar { name, side: Side::AtLeast, bar, aim }
}

const fn at_most(name: &'static str, bar: f64, aim: f64) -> Bar {
    Bar { name, side: Side::AtMost, bar, aim }
}

/// graphile-worker's time, in ours.
pub const GRAPHILE: Bar =
    at_least("graphile-worker ÷ ours, 10,000 campaigns, 5 in flight, tracing off", 1.10, 1.25);
/// pg-boss' time, in ours.
pub const PG_BOSS: Bar = at_least("pg-boss ÷ ours", 1.8, 2.0);
/// Our time, in the plain pool's.
pub const POOL: Bar = at_most("ours ÷ plain pool", 1.0, 0.9);
/// The time of the incumbent's algorithm, in ours.
pub const INCUMBENT: Bar = at_least("incumbent's algorithm ÷ ours, 10,000", 10.0, 20.0);
/// The CPU time of the Worker's process for a chunk, in that of the older commit.
pub const CPU: Bar = at_most("CPU of the Worker process a chunk, ours ÷ today", 0.6, 0.4);
/// A large shop under a tight limit: the time, in the least that the limit allows.
pub const RATE: Bar = at_most("18 calls/s: time ÷ (calls ÷ rate)", 1.06, 1.03);
/// The time of a sync that many watch, in that of one that nobody watches.
pub const WATCHED: Bar = at_most("10,000 campaigns: with 1,000 watchers ÷ without", 1.05, 1.02);
/// A page of a list over HTTP, in its SQL.
pub const SHOPS_PAGE: Bar = at_most("5,000 shops: a page of 200 of them ÷ its SQL", 2.0, 1.5);
/// The same of runs.
pub const RUNS_PAGE: Bar = at_most("5,000 shops: a page of 200 runs ÷ its SQL", 2.0, 1.5);
/// A list that has not changed, in what needs nothing.
pub const NOT_MODIFIED: Bar = at_most("5,000 shops: a 304 ÷ /healthz", 1.5, 1.2);
/// A fleet under the app's limit, likewise.
pub const FLEET: Bar = at_most("500 shops × 200 campaigns at 50 calls/s: time ÷ floor", 1.12, 1.05);
/// The speed of our statement, in that of COPY and a merge.
pub const UPSERT: Bar = at_least("upsert of 100,000 changed rows on one connection ÷ COPY + merge", 0.5, 0.9);
/// Rows that a sync without changes writes.
pub const RESYNC_ROWS: Bar = at_most("re-sync without changes: rows written", 0.0, 0.0);
/// Write-ahead log of such a sync.
pub const RESYNC_WAL: Bar = at_most("re-sync without changes: WAL bytes a campaign", 28.0, 5.0);
/// The Worker's memory with a large shop.
pub const MEMORY: Bar = at_most("memory of the instance, 50,000 campaigns, MB", 32.0, 24.0);
/// How time grows with a shop's campaigns.
pub const GROWTH_TIME: Bar = at_most("growth exponent of time, 1k … 50k campaigns", 1.05, 1.02);
/// How memory grows with a shop's campaigns.
pub const GROWTH_MEMORY: Bar = at_most("growth exponent of memory, 1k … 50k campaigns", 1.05, 1.02);
/// How time grows with the number of shops.
pub const GROWTH_SHOPS_TIME: Bar = at_most("growth exponent of time, 10 … 1,000 shops", 1.05, 1.02);
/// How memory grows with the number of shops.
pub const GROWTH_SHOPS_MEMORY: Bar = at_most("growth exponent of memory, 10 … 1,000 shops", 1.05, 1.02);
/// The size of what is uploaded.
pub const BUNDLE: Bar = at_most("bundle, compressed KB", 700.0, 600.0);

/// A figure that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// As the table names it.
    pub name: String,
    /// The measured ratio, or the value where the bar is one.
    pub ratio: f64,
    /// What must be reached.
    pub bar: f64,
    /// Whether it was reached.
    pub met: bool,
}

impl Bar {
    /// The figure with this value.
    #[must_use]
    pub fn figure(&self, ratio: f64) -> Figure {
        Figure { name: self.name.to_owned(), ratio, bar: self.bar, met: self.holds(ratio, self.bar) }
    }

    /// Whether a value reaches the bar, the aim, or neither, in a word.
    #[must_use]
    pub fn verdict(&self, ratio: f64) -> &'static str {
        match (self.holds(ratio, self.aim), self.holds(ratio, self.bar)) {
            (true, _) => "aim",
            (false, true) => "bar",
            (false, false) => "missed",
        }
    }

    /// The bar and the aim with their side, for a table.
    #[must_use]
    pub fn expected(&self) -> [String; 2] {
        let sign = match self.side {
            Side::AtLeast => "≥",
            Side::AtMost => "≤",
        };
        [self.bar, self.aim].map(|value| format!("{sign} {value}"))
    }

    fn holds(&self, value: f64, limit: f64) -> bool {
        match self.side {
            Side::AtLeast => value >= limit,
            Side::AtMost => value <= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_reached_from_its_good_side() {
        assert!(GRAPHILE.figure(1.10).met && GRAPHILE.figure(9.0).met && !GRAPHILE.figure(1.09).met);
        assert!(POOL.figure(1.0).met && POOL.figure(0.1).met && !POOL.figure(1.01).met);
        assert!(RESYNC_ROWS.figure(0.0).met && !RESYNC_ROWS.figure(1.0).met);
        assert!(!POOL.figure(f64::NAN).met && !GRAPHILE.figure(f64::NAN).met, "nothing was measured");
    }

    #[test]
    fn verdicts_tell_aim_bar_and_neither() {
        assert_eq!([1.3, 1.2, 1.0].map(|ratio| GRAPHILE.verdict(ratio)), ["aim", "bar", "missed"]);
        assert_eq!([0.8, 0.95, 1.1].map(|ratio| POOL.verdict(ratio)), ["aim", "bar", "missed"]);
        assert_eq!(POOL.expected(), ["≤ 1", "≤ 0.9"]);
    }
}
