//! `/_mock/faults`: the faults.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::faults::Fault;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Adds a fault.
pub async fn post(State(platform): State<Arc<Platform>>, body: Bytes) -> Result<StatusCode, Bad> {
    platform.add_fault(input::body(&body)?)?;
    Ok(StatusCode::CREATED)
}

/// All faults, with their hits.
pub async fn get(State(platform): State<Arc<Platform>>) -> Json<Vec<Fault>> {
    Json(platform.faults())
}

/// Removes all.
pub async fn delete(State(platform): State<Arc<Platform>>) -> StatusCode {
    platform.clear_faults();
    StatusCode::NO_CONTENT
}
