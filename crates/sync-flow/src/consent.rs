//! A seller's consent: the link that asks for it, and what comes back.
//!
//! The link carries a state that only this deployment can have made: who asked, for which shop, until when. Shopee's
//! older page knows no state, so it rides in the redirect's own query (shopee-api: only the domain is checked).

use crate::{
    calls::{Calls, Purpose},
    command::{NewConsent, TokenReply},
    config::Config,
    host::Host,
    shops::ShopObject,
    sync::{access, start},
};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use shopee::{ErrorClass, Grantee};
use subtle::ConstantTimeEq;
use sync_core::{Failure, Settings, ShopId};

/// How long a state is good, in milliseconds: the seller has to log in and choose.
const STATE_MS_MAX: i64 = 30 * 60 * 1_000;
/// Longest state that is looked at, in bytes.
const STATE_BYTES_MAX: usize = 512;
/// Shops of one main account that are taken in at once.
const SHOPS_MAX: usize = 500;

/// What a state says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The shop that is expected; none if any may come.
    pub shop_id: Option<i64>,
    /// Good until then, unix milliseconds.
    pub until_ms: i64,
    /// Makes two states differ.
    pub nonce: String,
}

/// Makes a signed state.
///
/// # Errors
/// There is no partner key to sign with.
pub fn sign_state(host: &impl Host, config: &Config, shop_id: Option<i64>) -> Result<String, String> {
    let mut nonce = [0_u8; 8];
    host.random_bytes(&mut nonce);
    let until_ms = host.now_ms().saturating_add(STATE_MS_MAX);
    let state = State { shop_id, until_ms, nonce: hex::encode(nonce) };
    let body = hex::encode(serde_json::to_vec(&state).map_err(|error| error.to_string())?);
    Ok(format!("{body}.{}", hex::encode(mac(config, &body)?)))
}

/// Reads a state that comes back.
///
/// # Errors
/// For the seller: it is not ours, or too old.
pub fn read_state(config: &Config, now_ms: i64, text: &str) -> Result<State, String> {
    let foreign = || "this link was not made by this service: ask for a new one".to_owned();
    let (body, signature) =
        text.split_once('.').filter(|_| text.len() <= STATE_BYTES_MAX).ok_or_else(foreign)?;
    let signature = hex::decode(signature).map_err(|_| foreign())?;
    if !bool::from(mac(config, body)?.as_slice().ct_eq(&signature)) {
        return Err(foreign());
    }
    let bytes = hex::decode(body).map_err(|_| foreign())?;
    let state: State = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
    if state.until_ms <= now_ms {
        return Err("this link is too old: ask for a new one".to_owned());
    }
    Ok(state)
}

/// Keyed with the partner key, under a name of its own so that no signature for Shopee can be taken for a state.
fn mac(config: &Config, body: &str) -> Result<Vec<u8>, String> {
    let partner = config.partner.as_ref().ok_or("PARTNER_ID and PARTNER_KEY are not set")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(partner.key.expose().as_bytes())
        .map_err(|_| "PARTNER_KEY cannot be used")?;
    mac.update(b"consent state ");
    mac.update(body.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// What Shopee's page has sent back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Good for one use within ten minutes.
    pub code: String,
    /// Who consented.
    pub grantee: Grantee,
    /// The shop that was expected.
    pub expected: Option<i64>,
}

/// What became of a consent: each shop, and why its tokens cannot be used yet if that is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Adopted {
    /// The shop.
    pub shop_id: i64,
    /// Its tokens work.
    pub ready: bool,
    /// What is still to happen.
    pub note: Option<String>,
}

/// Turns the code into tokens and gives each shop's to its object.
///
/// # Errors
/// The code is spent or refused, or nothing could be kept: the seller must begin again.
pub async fn accept(host: &impl Host, config: &Config, callback: &Callback) -> Result<Vec<Adopted>, Failure> {
    let fatal = |message: &str| access::refused(ErrorClass::FatalConfiguration, message.to_owned());
    let partner = config.partner.clone().ok_or_else(|| fatal("PARTNER_ID and PARTNER_KEY are not set"))?;
    if config.keyring.is_none() {
        return Err(fatal("TOKEN_KEYS is not set: tokens could not be kept"));
    }
    if let (Some(expected), Grantee::Shop(given)) = (callback.expected, callback.grantee)
        && expected != given
    {
        let message = format!("the link was made for shop {expected}, and shop {given} has consented");
        return Err(access::refused(ErrorClass::Reconsent, message));
    }
    // The permit comes from the bucket of one of the shops, or of the account: it only paces this one call.
    let (Grantee::Shop(payer) | Grantee::MainAccount(payer)) = callback.grantee;
    let terms = access::terms(&partner, &settings(host).await?);
    let calls = Calls::new(host, Purpose::single(ShopId(payer), None, terms));
    let client = access::client(host, config, partner, &calls);
    let pair = client.token_get(&callback.code, callback.grantee).await.map_err(|error| {
        calls.deferred().map_or_else(
            || access::failure(&error, calls.made()),
            |hold| access::refused(ErrorClass::Retry, hold.reason.text().to_owned()),
        )
    })?;
    let access = matches!(callback.grantee, Grantee::Shop(_)).then(|| pair.access_token.expose().to_owned());
    let expires_at_ms = pair.expires_at_ms(host.now_ms());
    let mut adopted = Vec::new();
    for shop_id in pair.shop_ids.iter().copied().take(SHOPS_MAX) {
        let consent = NewConsent {
            access_token: access.clone(),
            refresh_token: pair.refresh_token.expose().to_owned(),
            expires_at_ms,
        };
        let note = match ShopObject::new(host, ShopId(shop_id)).adopt(consent).await {
            Ok(TokenReply::Token { .. }) => None,
            Ok(TokenReply::Wait { hold }) => Some(hold.reason.text().to_owned()),
            Ok(TokenReply::Failed { failure }) => Some(failure.message),
            Err(error) => Some(error),
        };
        adopted.push(Adopted { shop_id, ready: note.is_none(), note });
    }
    if adopted.is_empty() {
        return Err(access::refused(ErrorClass::Reconsent, "the consent names no shop".to_owned()));
    }
    Ok(adopted)
}

/// The deployment's settings: its rates count for this call as for any other.
async fn settings(host: &impl Host) -> Result<Settings, Failure> {
    let unavailable = |error: String| access::refused(ErrorClass::Retry, error);
    let db = host.db().await.map_err(unavailable)?;
    let row = store::settings::deployment(&db).await.map_err(|error| unavailable(error.to_string()))?;
    start::resolve(&row, None)
        .map_err(|error| access::refused(ErrorClass::FatalConfiguration, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopee::{Partner, Secret};

    fn config(key: &str) -> Config {
        let partner = Some(Partner { id: 1, key: Secret::new(key) });
        Config { partner, ..Config::default() }
    }

    fn signed(config: &Config, until_ms: i64) -> String {
        let state = State { shop_id: Some(5), until_ms, nonce: "00".to_owned() };
        let body = hex::encode(serde_json::to_vec(&state).unwrap());
        format!("{body}.{}", hex::encode(mac(config, &body).unwrap()))
    }

    #[test]
    fn only_our_own_and_fresh_states_are_taken() {
        let ours = config("key");
        let text = signed(&ours, 1_000);
        assert_eq!(read_state(&ours, 999, &text).unwrap().shop_id, Some(5));
        assert!(read_state(&ours, 1_000, &text).unwrap_err().contains("too old"));
        assert!(read_state(&config("other"), 0, &text).is_err());
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
            assert!(read_state(&ours, 0, &String::from_utf8(bytes).unwrap()).is_err(), "{place}");
        }
        for bad in ["", ".", "x.y", &"a".repeat(2_000)] {
            assert!(read_state(&ours, 0, bad).is_err());
        }
    }
}
