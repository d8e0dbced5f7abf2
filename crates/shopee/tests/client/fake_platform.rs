//! A transport that gives one prepared answer and keeps what it was asked.

use shopee::{
    Client, Clock, HttpRequest, HttpResponse, Partner, Secret, ShopAccess, Transport, TransportError,
};
use std::cell::RefCell;

pub const PARTNER_KEY: &str = "partner-key-value";
pub const ACCESS_TOKEN: &str = "acc_token_abc";
pub const NOW_MS: i64 = 1_700_000_000_999;

pub struct FakePlatform<'a> {
    pub answer: Result<HttpResponse, TransportError>,
    pub asked: &'a RefCell<Vec<HttpRequest>>,
}

impl Transport for FakePlatform<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.asked.borrow_mut().push(request);
        self.answer.clone()
    }
}

pub struct FixedClock;

impl Clock for FixedClock {
    fn unix_ms(&self) -> i64 {
        NOW_MS
    }
}

pub type FakeClient<'a> = Client<FakePlatform<'a>, FixedClock>;

pub fn shop() -> ShopAccess {
    ShopAccess { shop_id: 987_654, access_token: Secret::new(ACCESS_TOKEN) }
}

pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Result<HttpResponse, TransportError> {
    Ok(HttpResponse { status, retry_after: None, body: body.into() })
}

/// Runs one method of a client that gets `answer`; also gives the requests it made.
pub fn run<R>(
    answer: Result<HttpResponse, TransportError>,
    method: impl AsyncFnOnce(FakeClient<'_>) -> R,
) -> (R, Vec<HttpRequest>) {
    let asked = RefCell::new(Vec::new());
    let partner = Partner { id: 2_001_234, key: Secret::new(PARTNER_KEY) };
    let transport = FakePlatform { answer, asked: &asked };
    let client = Client::new("https://platform.test/", partner, transport, FixedClock);
    let result = pollster::block_on(method(client));
    (result, asked.into_inner())
}

/// The query of a request without the parameters that every call has.
pub fn own_query(request: &HttpRequest) -> Vec<&str> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').skip_while(|pair| !pair.starts_with("shop_id=")).skip(1).collect()
}
