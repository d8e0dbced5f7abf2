//! ads-budget-scheduler: has the budgets of all shops looked at that have schedules, now and whenever one of their slots
//! begins or ends until the next tick. What is due then is read from the database, so a message that is lost is made up for by
//! the next tick, and one too many does nothing.

use crate::host::Host;
use serde_json::{Value, json};
use store::{Db, budgets};
use sync_core::{BUDGET_HORIZON_SECONDS, BudgetMessage, ShopId};

/// Sends the messages.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, String> {
    let due = budgets::due(db, BUDGET_HORIZON_SECONDS as i32).await.map_err(|error| error.to_string())?;
    let of_shop = |shop: &budgets::Due| {
        let shop_id = ShopId(shop.shop_id);
        let times = [0].into_iter().chain(shop.after_seconds.iter().copied());
        times.map(|delay| BudgetMessage::new(shop_id, None, delay)).collect::<Vec<_>>()
    };
    let messages: Vec<BudgetMessage> = due.iter().flat_map(of_shop).collect();
    if !messages.is_empty() {
        host.send_budgets(&messages).await?;
    }
    Ok(json!({ "shops": due.len(), "messages": messages.len() }))
}
