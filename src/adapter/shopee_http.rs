//! The Shopee client's transport: the platform's fetch, with a deadline and a bound on the answer's size.

use super::now_ms;
use shopee::{Clock, HttpRequest, HttpResponse, Method, Transport, TransportError};
use std::cell::Cell;
use worker::{AbortSignal, Fetch, Headers, Request, RequestInit, web_sys};

/// Longest wait for one answer. A chunk of two or three calls stays below its lease even if one runs out.
const CALL_TIMEOUT_MS: u32 = 15_000;

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

    async fn exchange(request: Request, signal: &AbortSignal) -> worker::Result<Exchange> {
        let mut response = Fetch::Request(request).send_with_signal(signal).await?;
        let retry_after = response.headers().get("retry-after")?;
        let declared = response.headers().get("content-length")?.and_then(|bytes| bytes.parse().ok());
        if declared.is_some_and(|bytes: usize| bytes > shopee::limits::BODY_BYTES_MAX) {
            return Ok(Err(TransportError::TooLarge));
        }
        let status = response.status_code();
        let body = response.bytes().await?;
        Ok(Ok(HttpResponse { status, retry_after, body }))
    }
}

type Exchange = Result<HttpResponse, TransportError>;

impl Transport for &FetchTransport {
    async fn send(&self, request: HttpRequest) -> Exchange {
        self.calls.set(self.calls.get().saturating_add(1));
        // It also ends the reading of a body that does not come.
        let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(CALL_TIMEOUT_MS));
        let request = build(request).map_err(|error| TransportError::Network(short(&error.to_string())))?;
        FetchTransport::exchange(request, &signal).await.unwrap_or_else(|error| {
            let timed_out = signal.aborted();
            Err(if timed_out {
                TransportError::Timeout
            } else {
                TransportError::Network(short(&error.to_string()))
            })
        })
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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn an_error_of_fetch_does_not_repeat_the_address() {
        let url = "http://127.0.0.1:1/api/v2/x?access_token=secret&sign=secret".to_owned();
        let transport = FetchTransport::default();
        let answer = (&transport).send(HttpRequest { method: Method::Get, url, body: None }).await;
        let Err(TransportError::Network(text)) = answer else {
            panic!("a port without a server has answered")
        };
        assert!(!text.contains("secret"), "{text}");
        assert_eq!(transport.calls(), 1);
    }

    #[wasm_bindgen_test]
    async fn an_answer_comes_with_its_status_and_bytes() {
        let url = "data:application/json,%7B%22error%22%3A%22%22%7D".to_owned();
        let answer =
            (&FetchTransport::default()).send(HttpRequest { method: Method::Get, url, body: None }).await;
        let answer = answer.expect("node reads data addresses");
        assert_eq!((answer.status, answer.body.as_slice()), (200, br#"{"error":""}"#.as_slice()));
    }

    #[wasm_bindgen_test]
    fn time_is_in_milliseconds_and_randomness_in_its_range() {
        assert!(PlatformClock.unix_ms() > 1_700_000_000_000);
        assert!((0.0..1.0).contains(&crate::adapter::random()));
    }
}
