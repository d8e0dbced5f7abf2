//! Handles a budget message: writes what is due for one shop.
//!
//! Replay: a repeated delivery has the same holder, takes over the shop at once, and reads back what the previous one
//! may have sent. Other messages for a held shop only ask the holder to look once more.

use super::Disposition;
use crate::{
    budget,
    host::{Host, Level},
    invocation::Invocation,
};
use compact::json;
use store::shops;
use sync_core::BudgetMessage;

/// Handles one message.
pub async fn handle<H: Host>(
    invocation: &Invocation<'_, H>,
    message_id: &str,
    message: &BudgetMessage,
) -> Disposition {
    match shops::load(&invocation.db, message.shop_id.0).await {
        Ok(Some(shop)) => budget::tick(invocation, &shop, message_id, message.after).await.into(),
        Ok(None) => {
            let fields = json!({ "shop": message.shop_id, "reason": "the shop is unknown" });
            invocation.host.log(Level::Info, "budgets_dropped", fields);
            Disposition::Ack
        }
        Err(error) => Disposition::Retry(error.to_string()),
    }
}
