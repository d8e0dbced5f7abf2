//! ads-backfill-job: queues a backfill of the last seven whole days and today for every shop.

use crate::error::FlowError;
use compact::json;
use serde_json::Value;
use store::{Db, queue};

/// Queues the backfills.
pub async fn run(db: &impl Db) -> Result<Value, FlowError> {
    let queued = queue::enqueue_all(db, "backfill_full", 0, Some("cron")).await?;
    Ok(json!({ "queued": queued }))
}
