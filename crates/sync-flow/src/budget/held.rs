//! The right to write a shop's budgets: a lease in Postgres with a fence. What is stored under an older fence is refused.

use crate::host::Host;
use store::{
    DbError,
    budgets::{self, Entry, Go, StateRow},
};
use sync_core::{
    BUDGET_LEASE_SECONDS,
    budget::{Action, Known, Write},
};

const LEASE: i32 = BUDGET_LEASE_SECONDS as i32;

/// A shop that is held.
pub struct Held<'d, H: Host> {
    db: &'d H::Db,
    shop_id: i64,
    fence: i64,
}

impl<'d, H: Host> Held<'d, H> {
    /// Takes the shop; none where somebody else has it, who then looks once more.
    pub async fn claim(db: &'d H::Db, shop_id: i64, holder: &str) -> Result<Option<Self>, DbError> {
        let fence = budgets::claim(db, shop_id, holder, LEASE).await?;
        Ok(fence.map(|fence| Self { db, shop_id, fence }))
    }

    /// Stores that an edit is about to be sent.
    pub async fn arm(&self, known: &Known, write: &Write) -> Result<Go, String> {
        let intent = write.intent();
        // A slot may end because its schedule is gone.
        let schedule = (intent.action != Action::Restore).then_some(intent.slot.schedule.as_str());
        let state = StateRow {
            campaign_id: intent.campaign_id,
            known: serde_json::to_value(known).map_err(|error| error.to_string())?,
            write: Some(serde_json::to_value(write).map_err(|error| error.to_string())?),
        };
        let go = budgets::arm(self.db, self.shop_id, self.fence, LEASE, &state, schedule).await;
        go.map_err(|error| error.to_string())
    }

    /// Stores what became of writes, and keeps the shop. False: somebody else has it.
    pub async fn record(&self, entries: &[Entry]) -> Result<bool, DbError> {
        budgets::record(self.db, self.shop_id, self.fence, LEASE, entries).await
    }

    /// Lets go. True: somebody came meanwhile, so that the shop must be looked at once more.
    pub async fn release(&self) -> Result<bool, DbError> {
        budgets::release(self.db, self.shop_id, self.fence).await
    }
}
