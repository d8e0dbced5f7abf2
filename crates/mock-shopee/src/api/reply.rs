//! From answers to HTTP.

use super::Answer;
use super::refusal::{Body as RefusalBody, Refusal};
use crate::data::draw::Draw;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};
use std::hash::{BuildHasher, RandomState};

const HTML: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/// Marks a response that must not be sent: the connection closes instead.
#[derive(Clone)]
pub struct HangUp;

/// A response with [`HangUp`].
pub fn hang_up() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

/// An answer, ready to send.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The platform's error code; empty = none.
    pub error: String,
    content_type: &'static str,
    body: Vec<u8>,
    retry_after_s: Option<u32>,
}

impl Reply {
    /// What an endpoint said.
    pub fn of(answer: Result<Answer, Refusal>) -> Self {
        let envelope = match answer {
            Err(refusal) => return Self::refused(&refusal),
            Ok(Answer::Response { response, warning }) => {
                json!({"error": "", "message": "", "warning": warning, "request_id": request_id(), "response": response})
            }
            Ok(Answer::Fields(mut fields)) => {
                fields["error"] = "".into();
                fields["message"] = "".into();
                fields["request_id"] = request_id().into();
                fields
            }
        };
        Self::json(200, String::new(), &envelope)
    }

    /// A refused call.
    pub fn refused(refusal: &Refusal) -> Self {
        let reply = match refusal.json(&request_id()) {
            Some(body) => Self::json(refusal.status, refusal.code.clone(), &body),
            None => {
                let html = refusal.body == RefusalBody::Html;
                Self {
                    status: refusal.status,
                    error: refusal.code.clone(),
                    content_type: if html { "text/html" } else { "text/plain" },
                    body: if html { HTML.into() } else { Vec::new() },
                    retry_after_s: None,
                }
            }
        };
        Self { retry_after_s: refusal.retry_after_s, ..reply }
    }

    fn json(status: u16, error: String, body: &Value) -> Self {
        let (content_type, body) = ("application/json", body.to_string().into_bytes());
        Self { status, error, content_type, body, retry_after_s: None }
    }

    /// The whole answer.
    pub fn into_response(self) -> Response {
        let body = self.body.clone();
        self.with(body.into())
    }

    /// An answer whose second half never comes, although its length was announced.
    pub fn truncated(self) -> Response {
        let (length, half) = (self.body.len(), Bytes::copy_from_slice(&self.body[..self.body.len() / 2]));
        let cut = stream::once(async {
            // Lets the first half leave before the connection breaks.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("truncated"))
        });
        let parts = stream::StreamExt::chain(stream::iter([Ok(half)]), cut);
        let mut response = self.with(Body::from_stream(parts));
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        response
    }

    fn with(self, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn request_id() -> String {
    let seed = RandomState::new();
    let mut draw = Draw::new([seed.hash_one(0), seed.hash_one(1)]);
    format!("{:016x}{:016x}", draw.bits(), draw.bits())
}
