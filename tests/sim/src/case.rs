//! What one run of the simulation is made from.

use crate::{
    faults::{Fault, Faults},
    world::START_MS,
};

/// How many shops a world has: few, as most of what can go wrong goes wrong with one.
const SHOPS: [u32; 16] = [1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 7];
/// Most campaigns of a shop: figures are what costs time, so that most shops are small and their chunks too.
const CAMPAIGNS: [u32; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 10, 10, 10, 10, 12, 12, 12, 12, 16, 16, 16, 16, 20, 20, 20, 20, 25,
    25, 30, 40,
];
/// How many smaller cases are tried: those of a large world take seconds each.
const SHRINK_RUNS_MAX: u32 = 200;
/// Of so many worlds one has more, since a large one takes as long as fifty small ones.
const SMALL_WORLDS: u64 = 64;
const MANY_CAMPAIGNS: [u32; 8] = [50, 60, 70, 99, 100, 150, 335, 917];

/// A way to break the protocol on purpose: each must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Postgres takes writes whatever the progress row says.
    NoFence,
    /// Progress is added up instead of derived.
    CounterInsteadOfSet,
    /// A run is shown as completed when its last chunk by index is.
    CompletionByIndex,
    /// Chunks are tried again for ever.
    NoAttemptBound,
    /// A consumer commits before its rows are written.
    CommitBeforeWrite,
    /// Postgres takes what is stored of budgets under any fence.
    NoBudgetFence,
    /// An edit of a budget is sent without anything being stored before.
    EditBeforeStore,
    /// Of a schedule that was seen once, changes are not seen on the same day.
    ChangesUnseen,
    /// What was decided is sent although schedules, rules or switches have changed meanwhile.
    DecidedOnce,
    /// Nobody tells the scheduler of changes.
    ChangesUntold,
    /// Reads show what we wrote, whatever a person has set since.
    HandsUnseen,
    /// What is owed is forgotten when it is refused once.
    DebtForgotten,
    /// Budgets are known from syncs only.
    StaleBudgets,
    /// A line that is like the one before is left out, also if an edit was sent.
    LinesOnce,
    /// The log refers to schedules that are there.
    LogNamesSchedules,
    /// A shop whose region is unknown is taken for one of Singapore.
    RegionGuessed,
    /// A campaign's throttle is taken for the app's.
    ThrottleOfAll,
}

/// Where a world's shops are, and when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The shops' region.
    pub region: &'static str,
    /// Unix milliseconds.
    pub start_ms: i64,
}

impl Default for Place {
    fn default() -> Self {
        Self { region: "SG", start_ms: START_MS }
    }
}

/// One run: the seed decides everything that the rest leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where all randomness comes from.
    pub seed: u64,
    /// Shops.
    pub shops: u32,
    /// Most campaigns of a shop.
    pub campaigns: u32,
    /// Minutes with faults; then everything must come to its end.
    pub minutes: u32,
    /// The faults that may strike.
    pub faults: Faults,
    /// A deliberate break.
    pub variant: Option<Variant>,
}

impl Case {
    /// Everything on, of a size that depends on the seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mix = |salt: u64, of: u64| {
            let mut x = seed.wrapping_add(salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            x ^= x >> 31;
            x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (x ^ (x >> 29)) % of
        };
        // A third of the runs has all faults, the others a random half of them: rare things show better alone.
        let all = mix(1, 3) == 0;
        let faults = Fault::ALL.into_iter().enumerate().filter(|(n, _)| all || mix(100 + *n as u64, 2) == 0);
        Self {
            seed,
            shops: SHOPS[mix(2, SHOPS.len() as u64) as usize],
            campaigns: match mix(5, SMALL_WORLDS) {
                0 => MANY_CAMPAIGNS[mix(3, MANY_CAMPAIGNS.len() as u64) as usize],
                _ => CAMPAIGNS[mix(3, CAMPAIGNS.len() as u64) as usize],
            },
            minutes: 3 + u32::try_from(mix(4, 25)).unwrap_or(0),
            faults: Faults::only(faults.map(|(_, fault)| fault)),
            variant: None,
        }
    }

    /// The same run with a deliberate break.
    #[must_use]
    pub fn broken(self, variant: Variant) -> Self {
        Self { variant: Some(variant), ..self }
    }

    /// Smaller cases that still fail, tried one after another until none does or [`SHRINK_RUNS_MAX`] were tried.
    #[must_use]
    pub fn shrink(&self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut least = self.clone();
        let mut left = SHRINK_RUNS_MAX;
        while let Some(case) = least.smaller().into_iter().find(|case| {
            left = left.saturating_sub(1);
            left > 0 && fails(case)
        }) {
            least = case;
        }
        least
    }

    fn smaller(&self) -> Vec<Self> {
        let mut cases: Vec<Self> = self
            .faults
            .iter()
            .map(|fault| Self { faults: self.faults.without(fault), ..self.clone() })
            .collect();
        cases.push(Self { faults: Faults::none(), ..self.clone() });
        cases.extend((self.shops > 1).then(|| Self { shops: 1, ..self.clone() }));
        cases.extend((self.campaigns > 1).then(|| Self { campaigns: self.campaigns / 2, ..self.clone() }));
        cases.extend((self.minutes > 1).then(|| Self { minutes: self.minutes / 2, ..self.clone() }));
        cases.retain(|case| case != self);
        cases
    }
}
