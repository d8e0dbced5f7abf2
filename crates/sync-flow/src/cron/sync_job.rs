//! ads-sync-job: queues a realtime sync for every shop that has a token, is due, and has no sync pending or running.
//! Shops that spend are due every 15 minutes, others less often (`v_ads_freshness`).

use crate::error::FlowError;
use compact::json;
use serde_json::Value;
use store::{Db, queue};

/// Queues the syncs.
pub async fn run(db: &impl Db) -> Result<Value, FlowError> {
    let queued = queue::enqueue_due(db, Some("cron")).await?;
    Ok(json!({ "queued": queued }))
}
