//! Starts the runs in each of the three possible ways.

use super::seed::Shop;
use crate::stack::Stack;
use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

const QUEUE_PROCESSOR: &str = "*/5 * * * *";
const SYNC_JOB: &str = "*/15 * * * *";

/// Starts a run for each shop: the first by the sync cron, which queues every shop that has nothing queued or running, the
/// second by an operator's SQL, the others by HTTP. Returns the way for each shop.
///
/// # Errors
/// A request is rejected.
pub async fn all(stack: &Stack, shops: &[Shop]) -> Result<Vec<&'static str>> {
    for shop in shops.iter().skip(2).rev() {
        let path = format!("/v1/shops/{}/sync", shop.id);
        let (status, body) =
            stack.worker.call(Method::POST, &path, Some(&json!({ "kind": "realtime" }))).await?;
        ensure!(status == 202, "{path} answered {status}: {body}");
    }
    if let Some(shop) = shops.get(1) {
        let insert =
            "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority) VALUES ($1, 'realtime', 10)";
        stack.database().await?.execute(insert, &[&shop.id]).await?;
    }
    stack.worker.tick(SYNC_JOB).await?;
    stack.worker.tick(QUEUE_PROCESSOR).await?;
    let way = |index| ["cron", "SQL", "HTTP"][usize::min(index, 2)];
    Ok((0..shops.len()).map(way).collect())
}
