//! What the platform bills.

use crate::world::World;

/// Counts of what the platform bills, beside CPU time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Invocations of the Worker: batches and ticks.
    pub invocations: u64,
    /// Queue operations: each message is written, read once a delivery, and deleted.
    pub queue_operations: u64,
    /// Requests to Durable Objects, and their alarms.
    pub object_requests: u64,
    /// Rows written in their storage, and alarms set.
    pub object_rows: u64,
    /// Statements in Postgres.
    pub statements: u64,
}

impl World {
    pub(crate) fn bill(&self, count: impl FnOnce(&mut Cost)) {
        let mut cost = self.cost.get();
        count(&mut cost);
        self.cost.set(cost);
    }
}
