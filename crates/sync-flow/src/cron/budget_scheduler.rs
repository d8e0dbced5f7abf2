//! ads-budget-scheduler: this release does not change budgets. It says so where schedules wait for it, since silence
//! would look like success.

use crate::host::{Host, Level};
use serde_json::{Value, json};
use store::{Db, budgets};

/// Reports the schedules that are not applied.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, String> {
    let active = budgets::active_schedules(db).await.map_err(|error| error.to_string())?;
    if active > 0 {
        host.log(Level::Error, "budgets_not_applied", json!({ "active_schedules": active }));
        return Err(format!("{active} budget schedules are active, and this release does not apply budgets"));
    }
    Ok(json!({ "active_schedules": 0 }))
}
