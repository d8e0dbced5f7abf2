//! The Shopee client's transport: the platform's fetch, with a deadline and a bound on the answer's size.

use super::now_ms;
use futures_util::future::{Either, select};
use shopee::{Clock, HttpRequest, HttpResponse, Method, Transport, TransportError};
use std::{cell::Cell, pin::pin, time::Duration};
use worker::{AbortController, Delay, Fetch, Headers, Request, RequestInit};

/// Longest wait for one answer. A chunk of two or three calls stays below its lease even if one runs out.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// Real time.
pub struct PlatformClock;

impl Clock for PlatformClock {
    fn unix_ms(&self) -> i64 {
        now_ms()
    }
}

/// Sends requests and counts them.
#[derive(Default)]
pub struct FetchTransport {
    calls: Cell<u32>,
}

impl FetchTransport {
    /// Requests sent so far.
    pub fn calls(&self) -> u32 {
        self.calls.get()
    }

    async fn exchange(request: Request, signal: &worker::AbortSignal) -> Result<HttpResponse, TransportError> {
        let network = |error: worker::Error| TransportError::Network(short(&error.to_string()));
        let mut response = Fetch::Request(request).send_with_signal(signal).await.map_err(network)?;
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let declared = response.headers().get("content-length").ok().flatten().and_then(|n| n.parse().ok());
        if declared.is_some_and(|bytes: usize| bytes > shopee::limits::BODY_BYTES_MAX) {
            return Err(TransportError::TooLarge);
        }
        let status = response.status_code();
        let body = response.bytes().await.map_err(network)?;
        if body.len() > shopee::limits::BODY_BYTES_MAX {
            return Err(TransportError::TooLarge);
        }
        Ok(HttpResponse { status, retry_after, body })
    }
}

impl Transport for &FetchTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.calls.set(self.calls.get().saturating_add(1));
        let request = build(request).map_err(|error| TransportError::Network(short(&error.to_string())))?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let exchange = pin!(FetchTransport::exchange(request, &signal));
        match select(exchange, Delay::from(CALL_TIMEOUT)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                controller.abort();
                Err(TransportError::Timeout)
            }
        }
    }
}

fn build(request: HttpRequest) -> worker::Result<Request> {
    let mut init = RequestInit::new();
    if let Some(body) = request.body {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        init.with_headers(headers).with_body(Some(body.into()));
    }
    init.with_method(match request.method {
        Method::Get => worker::Method::Get,
        Method::Post => worker::Method::Post,
    });
    Request::new_with_init(&request.url, &init)
}

/// An error of fetch may repeat the address, and the address holds the token.
fn short(text: &str) -> String {
    let end = text.find("http").unwrap_or(text.len());
    text.chars().take(end.min(200)).collect()
}
