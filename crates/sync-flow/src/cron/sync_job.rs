//! ads-sync-job: queues a realtime sync for every shop with a token and nothing pending or running.

use serde_json::{Value, json};
use store::{Db, queue};

/// Queues the syncs.
pub async fn run(db: &impl Db) -> Result<Value, String> {
    let queued =
        queue::enqueue_all(db, "realtime", 0, Some("cron")).await.map_err(|error| error.to_string())?;
    Ok(json!({ "queued": queued }))
}
