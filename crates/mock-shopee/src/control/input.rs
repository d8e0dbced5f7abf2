//! Reading the input of a control call.

use crate::steering::SteerError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// A refused control call: status 400 by default, with `{error, message}`; the message names the field.
pub struct Bad {
    status: StatusCode,
    message: String,
}

impl Bad {
    /// Refused with 400.
    pub fn new(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// The same with another status.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl From<SteerError> for Bad {
    fn from(error: SteerError) -> Self {
        let bad = Self::new(error.to_string());
        match error {
            SteerError::NoShop(_) => bad.status(StatusCode::NOT_FOUND),
            SteerError::Bad(_) => bad,
        }
    }
}

impl IntoResponse for Bad {
    fn into_response(self) -> Response {
        let error = if self.status == StatusCode::NOT_FOUND { "not_found" } else { "bad_request" };
        (self.status, Json(json!({"error": error, "message": self.message}))).into_response()
    }
}

/// The body, as JSON of this shape.
pub fn body<T: DeserializeOwned>(body: &Bytes) -> Result<T, Bad> {
    Json::from_bytes(body).map(|Json(value)| value).map_err(|rejection| Bad::new(rejection.body_text()))
}

/// The query, of this shape.
pub fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Bad> {
    Query::try_from_uri(uri).map(|Query(value)| value).map_err(|rejection| Bad::new(rejection.body_text()))
}

/// The shop in the path.
pub fn shop(id: &str) -> Result<u64, Bad> {
    let allowed = || Bad::new("id: allowed are 1 to 4294967295");
    id.parse::<u32>().ok().filter(|id| *id > 0).map(u64::from).ok_or_else(allowed)
}
