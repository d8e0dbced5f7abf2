//! Requests: what an endpoint needs, and its signing.

use crate::endpoint::Endpoint;
use crate::partner::Partner;
use crate::percent_encoding::encode;
use crate::secret::Scrubber;
use crate::sign::{Access, sign};
use crate::transport::{HttpRequest, Method};
use std::fmt::Write;

/// What an endpoint needs beyond the common parameters.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: Method,
    pub(crate) endpoint: Endpoint,
    pub(crate) access: Access<'a>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Unsigned<'_> {
    /// Signs for the given second. Adds the request's secrets to the scrubber.
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
