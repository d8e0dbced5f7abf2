//! Reports the drift that a run has met: each kind is stored and logged once.

use crate::host::{Host, Level};
use compact::json;
use store::{Db, DbError, drift};
use sync_core::Projection;

/// Reports the drift. Repeating it is harmless.
///
/// # Errors
/// Postgres failed.
pub async fn tell(host: &impl Host, db: &impl Db, projection: &Projection) -> Result<(), DbError> {
    let shop_id = projection.shop_id.0;
    if !projection.drift.is_empty() {
        let rows: Vec<drift::Drift> = projection.drift.iter().map(row).collect();
        for new in drift::report(db, shop_id, projection.generation.0, &rows).await? {
            host.log(Level::Warn, "api_drift", json!({ "shop": shop_id, "drift": new }));
        }
    }
    Ok(())
}

fn row(drift: &sync_core::Drift) -> drift::Drift {
    drift::Drift {
        endpoint: drift.endpoint.clone(),
        field: drift.field.clone(),
        problem: drift.problem.clone().unwrap_or_else(|| drift::UNKNOWN.to_owned()),
        campaign_id: drift.campaign_id,
        sample: drift.sample.clone(),
    }
}
