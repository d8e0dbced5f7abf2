//! GET /healthz says that the Worker runs; GET /readyz that it can reach and use its database.

use super::{Answer, Context, problem::Problem};
use crate::adapter;
use serde_json::json;

/// Asks Postgres for the version of the schema.
pub async fn ready(context: &Context<'_>) -> Result<Answer, Problem> {
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let schema = store::health::schema_version(&db).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(json!({ "status": "ready", "schema_version": schema })))
}
