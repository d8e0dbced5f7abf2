//! Telling people what a run has met that is not as documented: each kind is stored and logged once, and rows that cannot
//! be read are an alert with an example.

use crate::host::{Host, Level};
use serde_json::json;
use store::{Db, DbError, alerts, drift};
use sync_core::{Kind, Projection};

/// The alert of a shop of whose answers some rows cannot be read.
const MALFORMED: &str = "malformed_rows";

/// Tells it. Repeating it is harmless.
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
    match example(projection) {
        Some(text) => alerts::raise(db, MALFORMED, Some(shop_id), "warning", &text).await.map(drop),
        // A backfill looks at other rows: what it can read says nothing about these.
        None if projection.kind == Kind::Realtime && projection.error_message.is_none() => {
            alerts::resolve(db, MALFORMED, Some(shop_id)).await.map(drop)
        }
        None => Ok(()),
    }
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

fn example(projection: &Projection) -> Option<String> {
    let first = projection.drift.iter().find(|drift| drift.problem.is_some())?;
    let (rows, problem) = (projection.receipt.malformed_rows, first.problem.as_deref().unwrap_or_default());
    let of = first.campaign_id.map(|id| format!(" of campaign {id}")).unwrap_or_default();
    Some(format!(
        "{rows} rows of Shopee's answers cannot be read; what was stored before stays. For example {}: '{}'{of} {problem}. \
         The row: {}",
        first.endpoint, first.field, first.sample
    ))
}
