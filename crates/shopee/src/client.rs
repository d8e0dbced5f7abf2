//! The client: one signed call, and the handling common to all answers.

use crate::answer::Answer;
use crate::date;
use crate::endpoint::Endpoint;
use crate::error::{ApiError, CallContext};
use crate::error_class::EndpointKind;
use crate::limits::BODY_BYTES_MAX;
use crate::partner::{Partner, ShopAccess};
use crate::request::Unsigned;
use crate::secret::Scrubber;
use crate::sign::Access;
use crate::transport::{Method, Transport, TransportError};

/// A source of the current time.
pub trait Clock {
    /// Milliseconds since 1970-01-01 UTC.
    fn unix_ms(&self) -> i64;
}

/// A client of the Open Platform. Each method makes one call; it never repeats one and has no state between calls.
pub struct Client<T, C> {
    pub(crate) base_url: String,
    pub(crate) partner: Partner,
    transport: T,
    pub(crate) clock: C,
}

/// One call as an endpoint describes it.
pub(crate) struct Call<'a> {
    pub(crate) kind: EndpointKind,
    pub(crate) carries_ids: bool,
    pub(crate) request: Unsigned<'a>,
    /// Secrets in the body.
    pub(crate) secrets: &'a [&'a str],
}

impl<'a> Call<'a> {
    /// A read on behalf of a shop.
    pub(crate) fn read(endpoint: Endpoint, shop: &'a ShopAccess, query: Vec<(&'static str, String)>) -> Self {
        let access = Access::Shop { access_token: &shop.access_token, shop_id: shop.shop_id };
        let request = Unsigned { method: Method::Get, endpoint, access, query, body: None };
        Self { kind: EndpointKind::Read, carries_ids: false, request, secrets: &[] }
    }

    /// A write on behalf of a shop, to the one campaign that its JSON body names.
    pub(crate) fn write(endpoint: Endpoint, shop: &'a ShopAccess, body: String) -> Self {
        let access = Access::Shop { access_token: &shop.access_token, shop_id: shop.shop_id };
        let request =
            Unsigned { method: Method::Post, endpoint, access, query: Vec::new(), body: Some(body) };
        Self { kind: EndpointKind::Write, carries_ids: true, request, secrets: &[] }
    }
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// A client that calls `base_url` (scheme and host, such as `https://partner.shopeemobile.com`) as `partner`.
    pub fn new(base_url: &str, partner: Partner, transport: T, clock: C) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), partner, transport, clock }
    }

    /// Signs and sends a call; the answer has the context for error messages.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Answer, ApiError> {
        let mut scrubber = Scrubber::default();
        for secret in call.secrets {
            scrubber.add(secret);
        }
        let timestamp = self.clock.unix_ms().div_euclid(1_000);
        let endpoint = call.request.endpoint;
        let request = call.request.signed(&self.base_url, &self.partner, timestamp, &mut scrubber);
        let mut context = CallContext {
            endpoint,
            kind: call.kind,
            carries_ids: call.carries_ids,
            scrubber,
            status: None,
            retry_after_s: None,
            request_id: None,
        };
        let response = self.transport.send(request).await.map_err(|error| context.lost(&error))?;
        context.status = Some(response.status);
        let now_ms = self.clock.unix_ms();
        context.retry_after_s =
            response.retry_after.as_deref().and_then(|header| date::retry_after_s(header, now_ms));
        if response.body.len() > BODY_BYTES_MAX {
            return Err(context.lost(&TransportError::TooLarge));
        }
        Answer::new(context, response.body)
    }
}
