//! Answers as HTTP responses.

use super::Answer;
use super::refusal::{Body as RefusalBody, Refusal};
use crate::state::rate::RefusedBy;
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;
use serde_json::value::RawValue;

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

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a str,
    message: &'a str,
    warning: &'a str,
    request_id: &'a str,
    response: &'a RawValue,
}

/// An answer, ready to send.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The platform's error code; empty = none.
    pub error: String,
    /// The limit that refused the call.
    pub refused_by: Option<RefusedBy>,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// `Location`.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    content_type: &'static str,
}

impl Reply {
    /// From the result of an endpoint.
    pub fn of(answer: Result<Answer, Refusal>, request_id: &str) -> Self {
        let body = match answer {
            Err(refusal) => return Self::refused(&refusal, request_id),
            Ok(Answer::Response { response, warning }) => {
                let envelope = Envelope { error: "", message: "", warning, request_id, response: &response };
                // Serializing text that is already JSON cannot fail.
                serde_json::to_vec(&envelope).unwrap_or_default()
            }
            Ok(Answer::Fields(mut fields)) => {
                fields["error"] = "".into();
                fields["message"] = "".into();
                fields["request_id"] = request_id.into();
                fields.to_string().into_bytes()
            }
        };
        Self::new(200, "", "application/json", body)
    }

    /// A refused call.
    pub fn refused(refusal: &Refusal, request_id: &str) -> Self {
        let (content_type, body) = match (refusal.json(request_id), refusal.body) {
            (Some(body), _) => ("application/json", body.to_string().into_bytes()),
            (None, RefusalBody::Html) => ("text/html", HTML.into()),
            (None, _) => ("text/plain", Vec::new()),
        };
        let reply = Self::new(refusal.status, &refusal.code, content_type, body);
        Self { retry_after_s: refusal.retry_after_s, refused_by: refusal.by, ..reply }
    }

    /// A redirect to an address, which must be valid in a header.
    pub fn redirect(address: String) -> Self {
        Self { location: Some(address), ..Self::new(302, "", "text/plain", Vec::new()) }
    }

    fn new(status: u16, error: &str, content_type: &'static str, body: Vec<u8>) -> Self {
        let error = error.to_owned();
        Self { status, error, refused_by: None, retry_after_s: None, location: None, body, content_type }
    }

    /// The whole answer.
    pub fn into_response(mut self) -> Response {
        let body = std::mem::take(&mut self.body);
        self.with(body.into())
    }

    /// An answer whose second half is never sent, although its length was announced.
    pub fn truncated(self) -> Response {
        let (length, half) = (self.body.len(), Bytes::copy_from_slice(&self.body[..self.body.len() / 2]));
        let cut = stream::once(async {
            // Lets the first half be sent before the connection closes.
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
        if let Some(Ok(address)) = self.location.map(HeaderValue::try_from) {
            response.headers_mut().insert(LOCATION, address);
        }
        response
    }
}
