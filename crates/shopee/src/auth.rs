//! Tokens: from a seller's consent, and from an earlier refresh token. Code and refresh token can be used once
//! each, so a caller stores the new pair before using it, and never sends the same one twice concurrently.

use crate::answer::Answer;
use crate::client::{Call, Client, Clock};
use crate::decode::{Fields, id_of};
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::error_class::EndpointKind;
use crate::limits::{ACCESS_TOKEN_LIFE_S, ACCESS_TOKEN_LIFE_S_MAX};
use crate::request::Unsigned;
use crate::secret::Secret;
use crate::sign::Access;
use crate::transport::{Method, Transport};
use compact::json;

/// Who gave the consent: the id that came back with the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// One shop.
    Shop(i64),
    /// A main account, for several shops.
    MainAccount(i64),
}

/// A new pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// For calls.
    pub access_token: Secret,
    /// For one refresh of each shop, within 30 days.
    pub refresh_token: Secret,
    /// Lifetime of the access token from now, in seconds. Shopee's usual one if the answer's value is implausible.
    pub expires_in_s: i64,
    /// The shops this pair is for, each once. After a main account's consent the access token is not valid for any of
    /// them: the refresh token is sent once for each, and from then on each shop has a pair of its own.
    pub shop_ids: Vec<i64>,
    /// Entries without an id in the list of shops: above 0, a shop may be missing in `shop_ids`.
    pub malformed_shop_ids: u32,
}

impl TokenPair {
    /// When an access token issued at `now_ms` expires, unix milliseconds.
    #[must_use]
    pub fn expires_at_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_add(self.expires_in_s.saturating_mul(1_000))
    }
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// Exchanges the code of a consent (ten minutes, one use) for tokens (Shopee: v2.public.get_access_token).
    pub async fn token_get(&self, code: &str, grantee: Grantee) -> Result<TokenPair, ApiError> {
        let partner_id = self.partner.id;
        let (body, known_shop) = match grantee {
            Grantee::Shop(id) => (json!({ "code": code, "partner_id": partner_id, "shop_id": id }), Some(id)),
            Grantee::MainAccount(id) => {
                (json!({ "code": code, "partner_id": partner_id, "main_account_id": id }), None)
            }
        };
        let answer = self.call(auth_call(Endpoint::TokenGet, body.to_string(), &[code])).await?;
        token_pair(&answer, known_shop)
    }

    /// Exchanges a refresh token for the shop's next pair (Shopee: v2.public.refresh_access_token).
    pub async fn token_refresh(&self, refresh_token: &Secret, shop_id: i64) -> Result<TokenPair, ApiError> {
        let token = refresh_token.expose();
        let body = json!({ "refresh_token": token, "partner_id": self.partner.id, "shop_id": shop_id });
        let answer = self.call(auth_call(Endpoint::TokenRefresh, body.to_string(), &[token])).await?;
        token_pair(&answer, Some(shop_id))
    }
}

fn auth_call<'a>(endpoint: Endpoint, body: String, secrets: &'a [&'a str]) -> Call<'a> {
    let request = Unsigned {
        method: Method::Post,
        endpoint,
        access: Access::Public,
        query: Vec::new(),
        body: Some(body),
    };
    Call { kind: EndpointKind::Auth, carries_ids: false, request, secrets }
}

fn token_pair(answer: &Answer, known_shop: Option<i64>) -> Result<TokenPair, ApiError> {
    let fields = answer.fields()?;
    let token = |name: &str| match fields.text(name) {
        Ok(text) if text.trim().is_empty() => Err(answer.unreadable(&format!("'{name}' is empty"))),
        Ok(text) => Ok(Secret::new(text)),
        Err(error) => Err(answer.bad_field(error)),
    };
    let (access_token, refresh_token) = (token("access_token")?, token("refresh_token")?);
    // From here on nothing may fail: the old token is used up, and only this answer has the new one.
    let (mut shop_ids, malformed_shop_ids) = shop_ids(&fields);
    shop_ids.extend(known_shop.filter(|id| !shop_ids.contains(id)));
    Ok(TokenPair {
        access_token,
        refresh_token,
        expires_in_s: expires_in_s(&fields),
        shop_ids,
        malformed_shop_ids,
    })
}

fn expires_in_s(fields: &Fields<'_>) -> i64 {
    let given = fields.count("expire_in").ok();
    given.filter(|life| (1..=ACCESS_TOKEN_LIFE_S_MAX).contains(life)).unwrap_or(ACCESS_TOKEN_LIFE_S)
}

fn shop_ids(fields: &Fields<'_>) -> (Vec<i64>, u32) {
    let Ok(rows) = fields.list("shop_id_list") else { return (Vec::new(), 1) };
    let mut ids: Vec<_> = rows.iter().filter_map(|row| id_of(*row)).collect();
    let malformed = u32::try_from(rows.len() - ids.len()).unwrap_or(u32::MAX);
    // A shop listed twice would be refreshed twice, and the second refresh would be refused.
    ids.sort_unstable();
    ids.dedup();
    (ids, malformed)
}
