//! ads-sync-queue-cleanup: deletes what has outlived its retention settings, in bounded statements, and seals again
//! what another key has sealed.

use super::reseal;
use crate::error::FlowError;
use crate::host::Host;
use compact::{SortedMap, json};
use serde_json::Value;
use store::{Db, retention};
use sync_core::{RETENTION_BATCH, RETENTION_MS_MAX};

/// Deletes the rows and seals again. What is left when the time is up waits for the next night, and the result says so.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    let until_ms = host.now_ms().saturating_add(RETENTION_MS_MAX);
    let mut deleted: SortedMap<String, i64> = SortedMap::new();
    loop {
        let counts = retention::clean(db, RETENTION_BATCH).await?;
        let done = counts.values().all(|count| *count == 0);
        for (what, count) in counts {
            let sum = deleted.entry(what).or_default();
            *sum = sum.saturating_add(count);
        }
        if done || host.now_ms() >= until_ms {
            let sealed = reseal::run(db, host).await?;
            return Ok(json!({ "deleted": deleted, "more": !done, "sealed": sealed }));
        }
    }
}
