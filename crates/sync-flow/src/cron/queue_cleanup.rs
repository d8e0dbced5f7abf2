//! ads-sync-queue-cleanup: deletes queue rows that ended more than seven days ago.

use serde_json::{Value, json};
use store::{Db, queue};

/// Deletes them.
pub async fn run(db: &impl Db) -> Result<Value, String> {
    let deleted = queue::cleanup_old(db).await.map_err(|error| error.to_string())?;
    Ok(json!({ "deleted": deleted }))
}
