//! The behaviour, the faults, and the record of calls.

use super::SteerError;
use crate::state::behaviour::Behaviour;
use crate::state::calls::Call;
use crate::state::faults::Fault;
use crate::state::rate::Rates;
use crate::state::{Platform, World};

impl Platform {
    /// The current behaviour.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.world().behaviour.clone()
    }

    /// Sets the behaviour. Changed rate limits start with full buckets, and a changed lock starts open.
    pub fn set_behaviour(&self, behaviour: Behaviour) -> Result<(), SteerError> {
        self.world().set_behaviour(behaviour)
    }

    /// Adds a fault.
    pub fn add_fault(&self, fault: Fault) -> Result<(), SteerError> {
        self.world().faults.add(fault).map_err(SteerError::Bad)
    }

    /// All faults, with their hits.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.world().faults.list().to_vec()
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// The calls after number `since`, oldest first, of one shop if given.
    #[must_use]
    pub fn calls(&self, since: u64, shop: Option<u64>) -> Vec<Call> {
        self.calls.after(since, shop)
    }

    /// Deletes all calls. Numbering continues.
    pub fn forget_calls(&self) {
        self.calls.clear();
    }
}

impl World {
    /// As [`Platform::set_behaviour`].
    pub fn set_behaviour(&mut self, behaviour: Behaviour) -> Result<(), SteerError> {
        behaviour.check().map_err(SteerError::Bad)?;
        if behaviour.rate != self.behaviour.rate || behaviour.lock != self.behaviour.lock {
            self.rates = Rates::default();
        }
        self.behaviour = behaviour;
        Ok(())
    }
}
