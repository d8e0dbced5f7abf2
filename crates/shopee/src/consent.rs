//! Links to Shopee's consent page for a seller. Making one sends nothing.
//!
//! After the consent the seller's browser is redirected with `code` and `shop_id`, or `main_account_id` if a main account
//! consents for several shops: what [`Client::token_get`] needs.

use crate::client::{Client, Clock};
use crate::endpoint::Endpoint;
use crate::percent_encoding::encode;
use crate::request::Unsigned;
use crate::secret::Scrubber;
use crate::sign::Access;
use crate::transport::Method;

impl<T, C: Clock> Client<T, C> {
    /// The signed link (Shopee: `/api/v2/shop/auth_partner`), valid for five minutes: make it when the browser requests
    /// it. Shopee has no `state` parameter here, so `redirect` carries the caller's own in its query, which comes back unchanged.
    #[must_use]
    pub fn signed_consent_link(&self, redirect: &str) -> String {
        let timestamp = self.clock.unix_ms().div_euclid(1_000);
        let link = Unsigned {
            method: Method::Get,
            endpoint: Endpoint::ConsentPage,
            access: Access::Public,
            query: vec![("redirect", redirect.to_owned())],
            body: None,
        };
        link.signed(&self.base_url, &self.partner, timestamp, &mut Scrubber::default()).url
    }

    /// The newer link, unsigned and without an expiry. `auth_base` is the scheme and host of the consent pages, such as
    /// `https://open.shopee.com`, which is not the host of the API; `state` comes back with the code.
    #[must_use]
    pub fn consent_link(&self, auth_base: &str, redirect_uri: &str, state: &str) -> String {
        format!(
            "{}/auth?partner_id={}&auth_type=seller&redirect_uri={}&response_type=code&state={}",
            auth_base.trim_end_matches('/'),
            self.partner.id,
            encode(redirect_uri),
            encode(state)
        )
    }
}
