//! `/_mock/calls`: the record of calls.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::calls::Call;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only calls with a higher number.
    #[serde(default)]
    since: u64,
    shop: Option<u64>,
}

/// The calls, oldest first.
pub async fn get(State(platform): State<Arc<Platform>>, uri: Uri) -> Result<Json<Vec<Call>>, Bad> {
    let Which { since, shop } = input::query(&uri)?;
    Ok(Json(platform.calls(since, shop)))
}

/// Deletes them.
pub async fn delete(State(platform): State<Arc<Platform>>) -> StatusCode {
    platform.forget_calls();
    StatusCode::NO_CONTENT
}
