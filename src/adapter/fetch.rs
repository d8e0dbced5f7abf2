//! Fetch with a deadline and a limit on the response size; waiting; randomness.

use js_sys::{Function, Promise, Uint8Array};
use shopee::{HttpRequest, HttpResponse, Method, TransportError};
use sync_flow::host::HttpPost;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response};

#[wasm_bindgen]
extern "C" {
    // The platform's timer. `worker::Delay` treats its id as a number, which it is not under Node, where tests run.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
    #[wasm_bindgen(catch)]
    async fn fetch(address: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &mut [u8]) -> JsValue;
}

/// A running timer, cleared on drop: an abandoned timer would keep an object awake.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

/// Waits for `ms` milliseconds.
pub async fn sleep(ms: i64) {
    let mut timer = Timer(JsValue::UNDEFINED);
    let promise = Promise::new(&mut |resolve, _| timer.0 = set_timeout(&resolve, ms.max(0) as f64));
    // A timer cannot fail.
    let _ = JsFuture::from(promise).await;
}

/// Fills the buffer with cryptographically secure random bytes.
pub fn random_bytes(bytes: &mut [u8]) {
    get_random_values(bytes);
}

/// Sends a request. A redirect is returned like any other answer: its target must get neither the address, which
/// contains the access token, nor the body, which may contain the refresh token. The deadline also ends the reading of
/// a stalled body.
///
/// # Errors
/// There was no complete answer in time, none at all, or it was too large. Never contains the address, which contains
/// the token.
pub async fn send(request: HttpRequest, timeout_ms: u32) -> Result<HttpResponse, TransportError> {
    let body = request.body.as_deref();
    exchange(&request.url, init(request.method, &[], body), timeout_ms).await
}

/// Sends a message to a sink, otherwise like [`send`].
///
/// # Errors
/// As for [`send`].
pub async fn post(request: &HttpPost, timeout_ms: u32) -> Result<HttpResponse, TransportError> {
    exchange(&request.url, init(Method::Post, &request.headers, Some(&request.body)), timeout_ms).await
}

async fn exchange(
    url: &str,
    init: Result<RequestInit, JsValue>,
    timeout_ms: u32,
) -> Result<HttpResponse, TransportError> {
    let signal = AbortSignal::timeout_with_u32(timeout_ms);
    let answered = async { answer(url, &init?, &signal).await };
    answered.await.unwrap_or_else(|error| Err(failure(error, &signal)))
}

async fn answer(
    url: &str,
    init: &RequestInit,
    signal: &AbortSignal,
) -> Result<Result<HttpResponse, TransportError>, JsValue> {
    init.set_signal(Some(signal));
    let response: Response = fetch(url, init).await?.unchecked_into();
    let header = |name: &str| response.headers().get(name);
    let retry_after = header("retry-after")?;
    let declared = header("content-length")?.and_then(|bytes| bytes.parse().ok());
    if declared.is_some_and(|bytes: usize| bytes > shopee::limits::BODY_BYTES_MAX) {
        return Ok(Err(TransportError::TooLarge));
    }
    // Read as a whole: a stream costs two turns of the event loop for each of its pieces.
    let body = JsFuture::from(response.array_buffer()?).await?;
    Ok(Ok(HttpResponse { status: response.status(), retry_after, body: Uint8Array::new(&body).to_vec() }))
}

/// The time on the clock of the server at an address, unix milliseconds, cut off to the second; `None` if it does not
/// tell. The address holds no secret.
///
/// # Errors
/// There was no answer in time, or none at all.
pub async fn time_of(address: &str, timeout_ms: u32) -> Result<Option<i64>, TransportError> {
    let signal = AbortSignal::timeout_with_u32(timeout_ms);
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&signal));
    let told = async {
        let response: Response = fetch(address, &init).await?.unchecked_into();
        if let Some(body) = response.body() {
            JsFuture::from(body.cancel()).await?;
        }
        let date = response.headers().get("date")?.map(|date| js_sys::Date::parse(&date));
        // A cache in between tells an old time, and how old it is in seconds.
        let age: i64 = response.headers().get("age")?.and_then(|age| age.parse().ok()).unwrap_or(0);
        let date = date.filter(|date| date.is_finite());
        Ok(date.map(|date| (date as i64).saturating_add(age.saturating_mul(1_000))))
    };
    told.await.map_err(|error: JsValue| failure(error, &signal))
}

fn failure(error: JsValue, signal: &AbortSignal) -> TransportError {
    if signal.aborted() {
        TransportError::Timeout
    } else {
        TransportError::Network(short(&worker::Error::from(error).to_string()))
    }
}

fn init(method: Method, more: &[(&'static str, String)], body: Option<&str>) -> Result<RequestInit, JsValue> {
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Manual);
    init.set_method(match method {
        Method::Get => "GET",
        Method::Post => "POST",
    });
    if let Some(body) = body {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        for (name, value) in more {
            headers.set(name, value)?;
        }
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(body));
    }
    Ok(init)
}

/// Shortens an error of fetch, which may repeat the address, and thus the token.
fn short(text: &str) -> String {
    let end = text.find("http").unwrap_or(text.len());
    text.chars().take(end.min(200)).collect()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn get(url: &str) -> HttpRequest {
        HttpRequest {
            endpoint: shopee::Endpoint::Balance,
            method: Method::Get,
            url: url.to_owned(),
            body: None,
        }
    }

    #[wasm_bindgen_test]
    fn redirects_are_never_followed() {
        for (method, body) in [(Method::Get, None), (Method::Post, Some("{}"))] {
            let init = init(method, &[("x-token", "t".to_owned())], body).unwrap();
            assert_eq!(init.get_redirect(), Some(RequestRedirect::Manual));
        }
    }

    #[wasm_bindgen_test]
    async fn an_error_of_fetch_does_not_repeat_the_address() {
        let url = "http://127.0.0.1:1/api/v2/x?access_token=secret&sign=secret";
        let Err(TransportError::Network(text)) = send(get(url), 15_000).await else {
            panic!("a port without a server has answered")
        };
        assert!(!text.contains("secret"), "{text}");
    }

    #[wasm_bindgen_test]
    async fn an_answer_comes_with_its_status_and_bytes() {
        let answer = send(get("data:application/json,%7B%22error%22%3A%22%22%7D"), 15_000).await;
        let answer = answer.expect("node reads data addresses");
        assert_eq!((answer.status, answer.body.as_slice()), (200, br#"{"error":""}"#.as_slice()));
    }

    #[wasm_bindgen_test]
    async fn a_wait_is_over_and_time_has_passed() {
        let before = super::super::now_ms();
        sleep(20).await;
        assert!(before > 1_700_000_000_000 && super::super::now_ms() >= before + 19);
    }

    #[wasm_bindgen_test]
    fn random_bytes_differ() {
        let (mut first, mut second) = ([0_u8; 16], [0_u8; 16]);
        random_bytes(&mut first);
        random_bytes(&mut second);
        assert!(first != second && first != [0; 16]);
    }
}
