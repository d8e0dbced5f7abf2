//! ads-budget-scheduler: requests a look at the budgets of all shops with schedules, now and whenever one of their
//! slots begins or ends before the next tick. What is due is read from the database at that time, so the next tick
//! makes up for a lost message, and a surplus one does nothing.
//!
//! A change of a shop's schedules over HTTP sends the same messages for that shop. So does the queue processor's tick,
//! for shops whose schedules or rules were changed in SQL, which a trigger notes.

use crate::error::FlowError;
use crate::host::Host;
use api::queue::BudgetsHandedOver;
use compact::json;
use serde_json::Value;
use store::{Db, budget_changes, budgets};
use sync_core::{BUDGET_CHANGES_MAX, BUDGET_HORIZON_SECONDS, BudgetMessage, ShopId};

/// Stands for all shops in a noted change.
const EVERY_SHOP: i64 = 0;

/// Sends the messages for all shops.
///
/// # Errors
/// Postgres or the queue failed.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    Ok(json!(ask(db, host, None).await?))
}

/// Sends the messages for one shop.
///
/// # Errors
/// Postgres or the queue failed.
pub async fn ask_for(
    db: &impl Db,
    host: &impl Host,
    shop_id: ShopId,
) -> Result<BudgetsHandedOver, FlowError> {
    ask(db, host, Some(&[shop_id.0])).await
}

/// Sends the messages for the shops with noted changes. A note is deleted after the messages are sent, so a crash in
/// between sends them twice.
///
/// # Errors
/// Postgres or the queue failed.
pub async fn run_changed(db: &impl Db, host: &impl Host) -> Result<Option<BudgetsHandedOver>, FlowError> {
    let changes = budget_changes::noted(db, BUDGET_CHANGES_MAX as i32).await?;
    if changes.ids.is_empty() {
        return Ok(None);
    }
    let shops = Some(changes.shops.as_slice()).filter(|shops| !shops.contains(&EVERY_SHOP));
    let asked = ask(db, host, shops).await?;
    budget_changes::forget(db, &changes.ids).await?;
    Ok(Some(asked))
}

async fn ask(db: &impl Db, host: &impl Host, shops: Option<&[i64]>) -> Result<BudgetsHandedOver, FlowError> {
    let due = budgets::due(db, BUDGET_HORIZON_SECONDS as i32, shops).await?;
    let of_shop = |shop: &budgets::Due| {
        let shop_id = ShopId(shop.shop_id);
        let times = [0].into_iter().chain(shop.after_seconds.iter().copied());
        times.map(|delay| BudgetMessage::new(shop_id, None, delay)).collect::<Vec<_>>()
    };
    let messages: Vec<BudgetMessage> = due.iter().flat_map(of_shop).collect();
    if !messages.is_empty() {
        host.send_budgets(&messages).await?;
    }
    Ok(BudgetsHandedOver { shops: due.len(), messages: messages.len() })
}
