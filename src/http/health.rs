//! GET /healthz says that the Worker runs; GET /readyz that it can reach and use its database.

use super::{Answer, problem::Problem};
use crate::adapter::postgres;
use serde_json::json;
use worker::Env;

/// Asks Postgres for the version of the schema.
pub async fn ready(env: &Env) -> Result<Answer, Problem> {
    let db = postgres::connect(env).await.map_err(Problem::unavailable)?;
    let schema = store::health::schema_version(&db).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(json!({ "status": "ready", "schema_version": schema })))
}
