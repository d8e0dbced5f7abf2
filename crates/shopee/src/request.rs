//! Signed requests, and the transport that carries them.

use crate::client::Partner;
use crate::endpoint::Endpoint;
use crate::secret::Scrubber;
use crate::sign::{Access, sign};
use std::fmt::{self, Write};

/// The verb of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads; all parameters are in the address.
    Get,
    /// Carries a JSON body.
    Post,
}

/// A signed request, ready to send. Its time stamp is good for five minutes. Where there is a body, the transport
/// sends it with `Content-Type: application/json`.
///
/// Address and body hold secrets: `Debug` masks the one and leaves out the other.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// What is called.
    pub endpoint: Endpoint,
    /// The verb.
    pub method: Method,
    /// The full address with its query.
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

/// What came back, whatever its status. The body may hold tokens: `Debug` leaves it out.
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

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No full answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("network failure: {0}")]
    Network(String),
    /// The body passes [`BODY_BYTES_MAX`](crate::limits::BODY_BYTES_MAX).
    #[error("the answer is larger than {} bytes", crate::limits::BODY_BYTES_MAX)]
    TooLarge,
}

/// Sends one request and reads its whole answer. It decides the time-out, follows no redirect and never retries:
/// a signature is for one address, and a token call must not be sent twice.
#[expect(async_fn_in_trait, reason = "futures of a wasm host are not Send, so no bound is wanted")]
pub trait Transport {
    /// Sends the request. Every HTTP status is an answer; an error means that there was none.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// What an endpoint needs beyond the common parameters.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: Method,
    pub(crate) endpoint: Endpoint,
    pub(crate) access: Access<'a>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Unsigned<'_> {
    /// Signs for the given second. The scrubber learns the secrets that the request holds.
    pub(crate) fn signed(
        self,
        base_url: &str,
        partner: &Partner,
        timestamp: i64,
        scrubber: &mut Scrubber,
    ) -> HttpRequest {
        let base = self.access.base_string(partner.id, self.endpoint.path(), timestamp);
        let signature = sign(&partner.key, base.expose());
        scrubber.add(partner.key.expose());
        scrubber.add(&signature);
        let mut url = format!(
            "{base_url}{}?partner_id={}&timestamp={timestamp}&sign={signature}",
            self.endpoint.path(),
            partner.id
        );
        let mut append = |name: &str, value: &str| {
            let _ = write!(url, "&{name}={}", encode(value));
        };
        match self.access {
            Access::Public => {}
            Access::Shop { access_token, shop_id } => {
                scrubber.add(access_token.expose());
                append("access_token", access_token.expose());
                append("shop_id", &shop_id.to_string());
            }
            Access::Merchant { access_token, merchant_id } => {
                scrubber.add(access_token.expose());
                append("access_token", access_token.expose());
                append("merchant_id", &merchant_id.to_string());
            }
        }
        for (name, value) in &self.query {
            append(name, value);
        }
        HttpRequest { endpoint: self.endpoint, method: self.method, url, body: self.body }
    }
}

/// A value of a query: everything but RFC 3986's unreserved characters and the comma of lists as `%XX`.
pub(crate) fn encode(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn example(access: Access<'_>) -> HttpRequest {
        let partner = Partner { id: 2_001_234, key: Secret::new("test_partner_key_0123456789abcdef") };
        Unsigned {
            method: Method::Get,
            endpoint: Endpoint::Balance,
            access,
            query: vec![("campaign_id_list", "1,2".into()), ("note", "a b&c=é".into())],
            body: None,
        }
        .signed("https://host", &partner, 1_700_000_000, &mut Scrubber::default())
    }

    #[test]
    fn common_parameters_come_first_and_values_are_encoded() {
        let access_token = &Secret::new("acc_token_abc");
        let request = example(Access::Shop { access_token, shop_id: 987_654 });
        assert_eq!(
            request.url,
            "https://host/api/v2/ads/get_total_balance?partner_id=2001234&timestamp=1700000000\
             &sign=decfe8432f9c1e89ee7755334c764ca34adc70d7789cea50ff8cf3fab0e2333d\
             &access_token=acc_token_abc&shop_id=987654&campaign_id_list=1,2&note=a%20b%26c%3D%C3%A9"
        );
        let merchant = example(Access::Merchant { access_token, merchant_id: 5 });
        assert!(merchant.url.contains("&access_token=acc_token_abc&merchant_id=5&"));
        assert!(!example(Access::Public).url.contains("access_token"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let access_token = &Secret::new("acc_token_abc");
        let mut request = example(Access::Shop { access_token, shop_id: 987_654 });
        request.body = Some(r#"{"refresh_token":"rrr"}"#.into());
        let shown = format!("{request:?}");
        for secret in ["acc_token_abc", "decfe843", "rrr"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("shop_id=987654") && shown.contains("sign=***"), "{shown}");
    }
}
