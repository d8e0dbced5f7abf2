//! ads-sync-queue-processor-chunked: hands due rows of the queue table to the consumers, and has shops looked at whose budgets
//! somebody has changed.

use super::budget_scheduler;
use crate::{host::Host, sync::project::CLAIM_SECONDS};
use serde_json::{Value, json};
use store::{Db, queue, settings};
use sync_core::{ShopId, StartMessage};

/// Rows of one tick, unless the settings say otherwise.
const BATCH_DEFAULT: i32 = 50;

/// Claims due rows and sends a start message for each, then sends those of changed budgets.
///
/// A row is claimed before its message is sent: when the sending fails, the claim runs out and a later tick takes the
/// row again.
///
/// # Errors
/// Postgres or the queue failed.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, String> {
    let settings = settings::deployment(db).await.map_err(|error| error.to_string())?;
    let limit = settings.queue_batch.and_then(|batch| i32::try_from(batch).ok()).unwrap_or(BATCH_DEFAULT);
    let jobs = queue::claim_due(db, limit, CLAIM_SECONDS).await.map_err(|error| error.to_string())?;
    let asked_at_ms = host.now_ms();
    let messages: Vec<StartMessage> =
        jobs.into_iter().map(|job| StartMessage::new(ShopId(job.shop_id), job.id, asked_at_ms)).collect();
    host.send_start(&messages).await?;
    let budgets = budget_scheduler::run_changed(db, host).await?;
    Ok(json!({ "claimed": messages.len(), "budgets": budgets }))
}
