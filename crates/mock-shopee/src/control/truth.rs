//! `/_mock/shops/{id}/truth`: what a perfect client would have stored.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::steering::Question;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Uri, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;

/// A JSON array, computed while it is sent. Money is in major units; dates are the shop's own, YYYY-MM-DD.
pub async fn get(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Bad> {
    let id = input::shop(&id)?;
    let question: Question = input::query(&uri)?;
    Ok(array(platform.truth_batches(platform.now_ms(), id, question)?))
}

/// Writes batches of rows as one array.
fn array(batches: impl Iterator<Item = Vec<Value>> + Send + 'static) -> Response {
    let mut first = true;
    let parts = batches.map(move |rows| {
        let mut text = String::new();
        for row in rows {
            text.push_str(if first { "[" } else { ",\n" });
            text.push_str(&row.to_string());
            first = false;
        }
        (text, first)
    });
    // The opening bracket is sent with the first row; without rows it must be added.
    let mut opened = false;
    let body = parts.map(Some).chain([None]).map(move |part| {
        let text = match part {
            Some((text, empty)) => {
                opened = !empty;
                text
            }
            None if opened => "]".to_owned(),
            None => "[]".to_owned(),
        };
        Ok::<_, Infallible>(Bytes::from(text))
    });
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(stream::iter(body))).into_response()
}
