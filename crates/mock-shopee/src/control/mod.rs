//! The control API: creates shops, changes the platform's behaviour, and reports what happened.

mod behaviour;
mod calls;
mod campaigns;
mod codes;
mod consent;
mod edits;
mod faults;
mod input;
mod shops;
mod truth;

use crate::state::Platform;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use std::sync::Arc;

/// The routes under `/_mock`.
pub fn routes() -> Router<Arc<Platform>> {
    Router::new()
        .route("/shops/{id}", put(shops::put).get(shops::get))
        .route("/shops/{id}/truth", get(truth::get))
        .route("/shops/{id}/campaigns", post(campaigns::post))
        .route("/shops/{id}/edits", get(edits::get))
        .route("/shops/{id}/history", get(edits::history))
        .route("/shops/{id}/refusals", post(edits::refuse))
        .route("/codes", post(codes::post))
        .route("/consent", put(consent::put).delete(consent::delete))
        .route("/behaviour", put(behaviour::put).get(behaviour::get))
        .route("/faults", post(faults::post).get(faults::get).delete(faults::delete))
        .route("/calls", get(calls::get).delete(calls::delete))
        .route("/reset", post(reset))
        .fallback(async || {
            input::Bad::new("path: there is no such control call").status(StatusCode::NOT_FOUND)
        })
}

async fn reset(State(platform): State<Arc<Platform>>) -> StatusCode {
    platform.reset();
    StatusCode::NO_CONTENT
}
