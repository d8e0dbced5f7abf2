//! `/_mock/shops/{id}/campaigns`: changes a shop's campaigns while a client reads them.

use super::input::{self, Bad};
use crate::state::Platform;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// Adds, deletes, restores and changes campaigns, all or nothing. Returns the created ids.
pub async fn post(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Bad> {
    let id = input::shop(&id)?;
    let added = platform.edit_campaigns(platform.now_ms(), id, input::body(&body)?)?;
    Ok(Json(json!({"added": added, "campaigns": platform.campaign_ids(id)?.len()})))
}
