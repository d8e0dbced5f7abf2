//! HTTP as the client uses it: request, response and transport.

use crate::endpoint::Endpoint;
use std::fmt;

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads; all parameters are in the URL.
    Get,
    /// Carries a JSON body.
    Post,
}

/// A signed request, ready to send. Its timestamp is valid for five minutes. The transport sends a body with
/// `Content-Type: application/json`.
///
/// URL and body hold secrets: `Debug` masks those of the URL and omits the body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The called endpoint.
    pub endpoint: Endpoint,
    /// The method.
    pub method: Method,
    /// The full URL with its query.
    pub url: String,
    /// JSON text.
    pub body: Option<String>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let shown: Vec<_> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name @ ("sign" | "access_token"), _)) => format!("{name}=***"),
                _ => pair.to_owned(),
            })
            .collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &format_args!("{address}?{}", shown.join("&")))
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish()
    }
}

/// A response with any status. The body may hold tokens: `Debug` omits it.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body, at most [`BODY_BYTES_MAX`](crate::limits::BODY_BYTES_MAX) bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No complete answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("network failure: {0}")]
    Network(String),
    /// The body exceeds [`BODY_BYTES_MAX`](crate::limits::BODY_BYTES_MAX).
    #[error("the answer is larger than {} bytes", crate::limits::BODY_BYTES_MAX)]
    TooLarge,
}

/// Sends one request and reads its whole answer. It sets the timeout, follows no redirect and never retries: a
/// signature is for one URL, and a token call must not be sent twice.
#[expect(async_fn_in_trait, reason = "futures of a wasm host are not Send, so no bound is wanted")]
pub trait Transport {
    /// Sends the request. Every HTTP status is an answer; an error means that there was none.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}
