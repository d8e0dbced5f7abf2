//! `/_mock/shops/{id}/edits`, `…/history`, `…/refusals`: what was changed, and what is refused until a time.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::edits::Edit;
use crate::state::history::Happening;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// The edits that were accepted, oldest first.
pub async fn get(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Edit>>, Bad> {
    Ok(Json(platform.edits(input::shop(&id)?)?))
}

/// Changes of budgets and states by the app and by the seller, oldest first.
pub async fn history(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Happening>>, Bad> {
    Ok(Json(platform.history(0, Some(input::shop(&id)?))))
}

/// Refuses the edits of a campaign until a time.
pub async fn refuse(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Bad> {
    platform.refuse_edits(input::shop(&id)?, input::body(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}
