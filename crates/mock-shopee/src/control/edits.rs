//! `/_mock/shops/{id}/edits`: what the app has changed.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::edits::Edit;
use axum::Json;
use axum::extract::{Path, State};
use std::sync::Arc;

/// The edits that were accepted, oldest first.
pub async fn get(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Edit>>, Bad> {
    Ok(Json(platform.edits(input::shop(&id)?)?))
}
