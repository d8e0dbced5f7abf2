//! Everything that changes while the server runs.

pub mod behaviour;
pub mod calls;
pub mod campaigns;
pub mod faults;
pub mod rate;
pub mod shop;
pub mod tokens;

use crate::config::Config;
use crate::data::calendar::Calendar;
use crate::region::Region;
use behaviour::Behaviour;
use calls::CallLog;
use faults::Faults;
use rate::Rates;
use shop::Shops;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokens::Tokens;

/// The platform: its settings, and its state behind locks that are never held across an await.
pub struct Platform {
    /// As started.
    pub config: Config,
    /// Every call to the platform.
    pub calls: CallLog,
    world: Mutex<World>,
}

/// What one lock guards.
pub struct World {
    /// The shops by id.
    pub shops: Shops,
    /// Codes, access and refresh tokens.
    pub tokens: Tokens,
    /// How the platform behaves.
    pub behaviour: Behaviour,
    /// What is to go wrong.
    pub faults: Faults,
    /// What the rate limits have left.
    pub rates: Rates,
}

impl World {
    fn new(config: &Config) -> Self {
        Self {
            shops: Shops::default(),
            tokens: Tokens::default(),
            behaviour: Behaviour::with_latency(config.latency_ms),
            faults: Faults::default(),
            rates: Rates::default(),
        }
    }

    /// The clock of a shop's figures.
    pub fn calendar(&self, region: &Region, now_ms: i64) -> Calendar {
        Calendar::new(region.zone, self.behaviour.data_as_of_ms.unwrap_or(now_ms), self.behaviour.restatement)
    }
}

impl Platform {
    /// A platform without shops.
    pub fn new(config: Config) -> Self {
        let world = Mutex::new(World::new(&config));
        Self { config, calls: CallLog::default(), world }
    }

    /// The state, for a moment.
    pub fn world(&self) -> MutexGuard<'_, World> {
        // Nothing that panics leaves the state half changed in a way that matters to a fake.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to how it was started.
    pub fn reset(&self) {
        *self.world() = World::new(&self.config);
        self.calls.clear();
    }
}

/// The real clock, in unix milliseconds.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
