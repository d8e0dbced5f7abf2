//! The right to write a shop's budgets: a lease in Postgres with a fence. Writes under an older fence are refused.

use crate::error::FlowError;
use crate::host::{Host, Level};
use compact::json;
use store::{
    DbError,
    budgets::{self, ArmReply, Basis, MissedLine, StateRow, WriteRecord},
};
use sync_core::{
    BUDGET_LEASE_SECONDS,
    budget::{CampaignMemory, Write},
};

const LEASE: i32 = BUDGET_LEASE_SECONDS as i32;

/// The lease of a shop's budgets.
pub struct ShopLease<'d, H: Host> {
    host: &'d H,
    db: &'d H::Db,
    shop_id: i64,
    fence: i64,
}

impl<'d, H: Host> ShopLease<'d, H> {
    /// Claims the lease; `None` if another holder has it, who then looks once more.
    pub async fn claim(
        host: &'d H,
        db: &'d H::Db,
        shop_id: i64,
        holder: &str,
    ) -> Result<Option<Self>, DbError> {
        let fence = budgets::claim(db, shop_id, holder, LEASE).await?;
        Ok(fence.map(|fence| Self { host, db, shop_id, fence }))
    }

    /// Stores that an edit is about to be sent, provided that the basis of its decision has not changed.
    pub async fn arm(
        &self,
        known: &CampaignMemory,
        write: &Write,
        basis: Basis<'_>,
    ) -> Result<ArmReply, FlowError> {
        let state = StateRow {
            campaign_id: write.intent().campaign_id,
            known: serde_json::to_value(known)?,
            write: Some(serde_json::to_value(write)?),
        };
        let go = budgets::arm(self.db, self.shop_id, self.fence, LEASE, &state, basis).await;
        go.map_err(Into::into)
    }

    /// Stores the outcomes of writes and renews the lease. Returns false if another holder has it. A record that the
    /// database refuses does not prevent the others from being stored.
    pub async fn record(&self, entries: &[WriteRecord]) -> Result<bool, DbError> {
        match self.store(entries).await {
            Err(error) if is_refused(&error) => {}
            stored => return stored,
        }
        for entry in entries {
            let stored = self.store(std::slice::from_ref(entry)).await;
            let is_held = match stored {
                Err(error) if is_refused(&error) => {
                    let fields = json!({ "shop": self.shop_id, "campaign": entry.campaign_id,
                                         "line": entry.log, "error": error.to_string() });
                    self.host.log(Level::Error, "budget_line_refused", fields);
                    self.store(&[WriteRecord { log: None, ..entry.clone() }]).await?
                }
                stored => stored?,
            };
            if !is_held {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn store(&self, entries: &[WriteRecord]) -> Result<bool, DbError> {
        budgets::record(self.db, self.shop_id, self.fence, LEASE, entries).await
    }

    /// Stores that everything due at that time has been done.
    pub async fn looked(&self, at_ms: i64, missed: &[MissedLine]) -> Result<(), DbError> {
        match budgets::looked(self.db, self.shop_id, self.fence, at_ms, missed).await {
            Err(error) if is_refused(&error) && !missed.is_empty() => {
                let fields = json!({ "shop": self.shop_id, "lines": missed, "error": error.to_string() });
                self.host.log(Level::Error, "budget_line_refused", fields);
                budgets::looked(self.db, self.shop_id, self.fence, at_ms, &[]).await.map(|_| ())
            }
            kept => kept.map(|_| ()),
        }
    }

    /// Releases the lease. Returns true if another look was requested meanwhile.
    pub async fn release(&self) -> Result<bool, DbError> {
        budgets::release(self.db, self.shop_id, self.fence).await
    }
}

/// Whether the database refused the content of a statement: data exceptions and constraints (SQLSTATE 22, 23).
fn is_refused(error: &DbError) -> bool {
    error.code.as_deref().is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}
