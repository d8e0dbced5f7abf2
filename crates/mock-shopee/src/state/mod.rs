//! The mutable state of the platform.

pub mod behaviour;
pub mod calls;
pub mod campaigns;
pub mod edits;
pub mod faults;
pub mod history;
pub mod rate;
pub mod refusals;
pub mod shop;
pub mod tokens;

use crate::config::Config;
use crate::data::calendar::Calendar;
use crate::data::draw::Draw;
use crate::region::Region;
use behaviour::Behaviour;
use calls::CallLog;
use edits::Edits;
use faults::Faults;
use history::History;
use rate::Rates;
use refusals::Refusals;
use shop::Shops;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokens::{Seller, Tokens};

/// The platform: its settings, and its state behind locks that are never held across an await.
///
/// It serves calls without a server, a network and a clock of its own ([`Platform::serve_at`]), and can be
/// controlled directly: the methods do what the control API does. A server gets the time from [`Platform::now_ms`].
pub struct Platform {
    /// The configuration.
    pub(crate) config: Config,
    /// Every call to the platform.
    pub(crate) calls: CallLog,
    salt: u64,
    world: Mutex<World>,
}

/// The state under one lock.
pub struct World {
    /// The shops by id.
    pub shops: Shops,
    /// The app's accepted edits.
    pub edits: Edits,
    /// All changes of budgets and states.
    pub history: History,
    /// Campaigns whose edits are refused until a time.
    pub refusals: Refusals,
    /// Codes, access and refresh tokens.
    pub tokens: Tokens,
    /// How the platform behaves.
    pub behaviour: Behaviour,
    /// The faults.
    pub faults: Faults,
    /// The state of the rate limits.
    pub rates: Rates,
    /// The seller who opens the consent page.
    pub seller: Option<Seller>,
}

impl World {
    fn new(config: &Config, salt: u64) -> Self {
        let mut behaviour = Behaviour::default();
        behaviour.latency_ms.mean = config.latency_ms;
        behaviour.clock_ms = config.clock_ms;
        Self {
            shops: Shops::default(),
            edits: Edits::default(),
            history: History::default(),
            refusals: Refusals::default(),
            tokens: Tokens::salted(salt),
            behaviour,
            faults: Faults::default(),
            rates: Rates::default(),
            seller: None,
        }
    }

    /// The clock of a shop's figures.
    pub fn calendar(&self, region: &Region, now_ms: i64) -> Calendar {
        Calendar::new(
            region.zone,
            self.behaviour.data_as_of_ms.unwrap_or(now_ms),
            (self.behaviour.restatement, self.behaviour.restatement_days),
        )
    }
}

impl Platform {
    /// A platform without shops. Its tokens, codes and request ids depend only on the salt and the order of the
    /// calls. The configuration's `port` is not used.
    #[must_use]
    pub fn new(config: Config, salt: u64) -> Self {
        let world = Mutex::new(World::new(&config, salt));
        Self { config, calls: CallLog::default(), salt, world }
    }

    /// Locks the state.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic cannot leave the state inconsistent in a way that matters to a fake.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resets everything; earlier tokens and codes become unknown.
    pub fn reset(&self) {
        let mut world = self.world();
        let salt = Draw::new([world.tokens.salt(), 1]).bits();
        *world = World::new(&self.config, salt);
        drop(world);
        self.calls.clear();
    }

    /// The clock of a server, in unix milliseconds: the machine's or one ahead of it, unless it is fixed.
    #[expect(clippy::disallowed_methods, reason = "without a configured clock a server uses the machine's")]
    pub(crate) fn now_ms(&self) -> i64 {
        let still = self.world().behaviour.clock_ms;
        still.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(self.config.ahead_ms)
        })
    }

    /// The request id of the call with this number.
    pub(crate) fn request_id(&self, number: u64) -> String {
        Draw::new([self.salt, number, 0]).hex()
    }
}
