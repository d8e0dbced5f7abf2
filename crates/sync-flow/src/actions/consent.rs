//! A seller's consent: the link that asks for it, and what comes back.
//!
//! The link carries a state that only this deployment can create: for which shop and until when. Postgres stores who
//! asked for it and whether it is used up, and is queried only for our own states. Shopee's older page does not support
//! a state, so it travels in the redirect's own query (shopee-api: only the domain is checked).

use crate::error::FlowError;
use crate::{
    access::client,
    attempt_error,
    commands::{NewConsent, TokenReply},
    config::Config,
    host::{Host, Level},
    object_client::ShopObject,
    permitted_calls::{Calls, Purpose},
};
use api::consent::ConsentedShop;
use compact::json;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use shopee::{ErrorClass, Grantee, TokenPair};
use store::consents::{self, Link};
use subtle::ConstantTimeEq;
use sync_core::{AttemptFailure, Settings, ShopId};

/// How long a state is valid, in milliseconds: the seller has to log in and choose.
const STATE_MS_MAX: i64 = 30 * 60 * 1_000;
/// Longest state that is examined, in bytes.
const STATE_BYTES_MAX: usize = 512;
/// Most shops of one main account that are adopted at once.
const SHOPS_MAX: usize = 500;
/// Most shops that are named if the expected one is not among them.
const SHOWN_MAX: usize = 10;

/// The content of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The expected shop; `None` if any shop may come.
    pub shop_id: Option<i64>,
    /// When it expires, unix milliseconds.
    pub until_ms: i64,
    /// Makes two states differ.
    pub nonce: String,
}

/// Creates a signed state, and stores that it was asked for and by whom.
///
/// # Errors
/// There is no partner key to sign with, or the database does not answer.
pub async fn start(
    host: &impl Host,
    config: &Config,
    shop_id: Option<i64>,
    actor: &str,
) -> Result<String, FlowError> {
    let mut nonce = [0_u8; 16];
    host.random_bytes(&mut nonce);
    let until_ms = host.now_ms().saturating_add(STATE_MS_MAX);
    let state = State { shop_id, until_ms, nonce: hex::encode(nonce) };
    let body = hex::encode(serde_json::to_vec(&state)?);
    let signed = format!("{body}.{}", hex::encode(mac(config, &body)?));
    let db = host.db().await?;
    let link = Link { nonce: &state.nonce, actor, shop_id, until_ms };
    consents::add(&db, link).await?;
    Ok(signed)
}

/// Reads a state that comes back.
///
/// # Errors
/// For the seller: it is not ours, or too old.
pub fn read_state(config: &Config, now_ms: i64, text: &str) -> Result<State, FlowError> {
    let foreign = || FlowError::invalid("this link was not made by this service: ask for a new one");
    let (body, signature) =
        text.split_once('.').filter(|_| text.len() <= STATE_BYTES_MAX).ok_or_else(foreign)?;
    let signature = hex::decode(signature).map_err(|_| foreign())?;
    if !bool::from(mac(config, body)?.as_slice().ct_eq(&signature)) {
        return Err(foreign());
    }
    let text = String::from_utf8(hex::decode(body).map_err(|_| foreign())?).map_err(|_| foreign())?;
    let state: State = json::from_str(&text).map_err(|_| foreign())?;
    if state.until_ms <= now_ms {
        return Err(FlowError::invalid("this link is too old: ask for a new one"));
    }
    Ok(state)
}

/// Signs with the partner key, under a separate name so that no signature for Shopee can pass as a state.
fn mac(config: &Config, body: &str) -> Result<Vec<u8>, FlowError> {
    let partner = config
        .partner
        .as_ref()
        .ok_or_else(|| FlowError::configuration("PARTNER_ID and PARTNER_KEY are not set"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(partner.key.expose().as_bytes())
        .map_err(|_| FlowError::configuration("PARTNER_KEY cannot be used"))?;
    mac.update(b"consent state ");
    mac.update(body.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// What Shopee's page has sent back.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Valid for one use within ten minutes.
    pub code: String,
    /// Who consented.
    pub grantee: Grantee,
    /// The expected shop.
    pub expected: Option<i64>,
}

/// Accepts a consent that came with one of our links, which works for one code, once.
///
/// # Errors
/// The link was used before, the code is spent or refused, or nothing could be stored: the seller must start again.
pub async fn accept(
    host: &impl Host,
    config: &Config,
    nonce: &str,
    callback: &Callback,
) -> Result<Vec<ConsentedShop>, AttemptFailure> {
    let unavailable = |error: FlowError| unavailable(host, &error);
    let db = host.db().await.map_err(unavailable)?;
    let code_hash = hex::encode(Sha256::digest(&callback.code));
    let taken = consents::take(&db, nonce, &code_hash).await;
    if taken.map_err(|error| unavailable(error.into()))?.is_none() {
        let message = "this link has been used already, or is too old: ask for a new one";
        return Err(attempt_error::refused(ErrorClass::Reconsent, message.to_owned()));
    }
    let pair = exchange(host, config, callback).await?;
    // Audited first: adopting tokens without a trace would be worse than a seller who has to consent again.
    let account = match callback.grantee {
        Grantee::MainAccount(id) => json!({ "main_account_id": id }),
        Grantee::Shop(_) => Value::Null,
    };
    let shops = pair.shop_ids.get(..SHOPS_MAX).unwrap_or(&pair.shop_ids);
    let used = consents::use_up(&db, nonce, shops, &account).await;
    if !used.map_err(|error| unavailable(error.into()))? {
        let message = "this link has just been used: ask for a new one";
        return Err(attempt_error::refused(ErrorClass::Reconsent, message.to_owned()));
    }
    Ok(adopt(host, callback.grantee, &pair).await)
}

/// Exchanges the code for tokens.
///
/// # Errors
/// The code is spent or refused, or the expected shop has not consented.
pub async fn exchange(
    host: &impl Host,
    config: &Config,
    callback: &Callback,
) -> Result<TokenPair, AttemptFailure> {
    let fatal = |message: &str| attempt_error::refused(ErrorClass::FatalConfiguration, message.to_owned());
    let partner = config.partner.clone().ok_or_else(|| fatal("PARTNER_ID and PARTNER_KEY are not set"))?;
    if config.keyring.is_none() {
        return Err(fatal("TOKEN_KEYS is not set: tokens could not be kept"));
    }
    if let Grantee::Shop(given) = callback.grantee {
        among(callback.expected, &[given])?;
    }
    // The permit comes from the bucket of one of the shops, or of the account: it only paces this one call.
    let (Grantee::Shop(payer) | Grantee::MainAccount(payer)) = callback.grantee;
    let rate_limits = client::rate_limits(&partner, &settings(host).await?);
    let calls = Calls::new(host, Purpose::single(ShopId(payer), None, rate_limits));
    let client = client::client(host, config, partner, &calls);
    let pair = client.token_get(&callback.code, callback.grantee).await.map_err(|error| {
        calls.deferred().map_or_else(
            || attempt_error::failure(&error, calls.made()),
            |hold| attempt_error::refused(ErrorClass::Retry, hold.reason.text().to_owned()),
        )
    })?;
    if pair.shop_ids.is_empty() {
        return Err(attempt_error::refused(ErrorClass::Reconsent, "the consent names no shop".to_owned()));
    }
    among(callback.expected, &pair.shop_ids)?;
    Ok(pair)
}

/// Gives each shop's tokens to its object.
pub async fn adopt(host: &impl Host, grantee: Grantee, pair: &TokenPair) -> Vec<ConsentedShop> {
    let access = matches!(grantee, Grantee::Shop(_)).then(|| pair.access_token.expose().to_owned());
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
            Err(error) => Some(error.to_string()),
        };
        adopted.push(ConsentedShop { shop_id, ready: note.is_none(), note });
    }
    adopted
}

/// The failure when nothing was spent yet, or nobody can help; the seller need not know more.
fn unavailable(host: &impl Host, error: &FlowError) -> AttemptFailure {
    host.log(Level::Error, "consent_failed", json!({ "error": error }));
    let message = "the consent cannot be taken on just now: open the link once more in a minute";
    attempt_error::refused(ErrorClass::Retry, message.to_owned())
}

/// Checks that a link made for a shop brings that shop, whatever other shops come along.
fn among(expected: Option<i64>, given: &[i64]) -> Result<(), AttemptFailure> {
    let Some(expected) = expected.filter(|expected| !given.contains(expected)) else { return Ok(()) };
    let given: Vec<String> = given.iter().take(SHOWN_MAX).map(ToString::to_string).collect();
    let message = format!(
        "the link was made for shop {expected}, and the consent is for {}: nothing was taken on; log in to the account of shop \
         {expected}, and ask for a new link",
        given.join(", ")
    );
    Err(attempt_error::refused(ErrorClass::Reconsent, message))
}

/// The deployment's settings, whose rates apply to this call too.
async fn settings(host: &impl Host) -> Result<Settings, AttemptFailure> {
    let unavailable = |error: FlowError| unavailable(host, &error);
    let db = host.db().await.map_err(unavailable)?;
    let row = store::settings::deployment(&db).await.map_err(|error| unavailable(error.into()))?;
    Settings::resolve(&row)
        .map_err(|error| attempt_error::refused(ErrorClass::FatalConfiguration, error.to_string()))
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
    fn the_expected_shop_must_be_among_those_that_consent() {
        assert!(among(None, &[79, 80]).is_ok() && among(Some(79), &[79, 80]).is_ok());
        let failure = among(Some(78), &[79, 80]).unwrap_err();
        assert_eq!(failure.class, ErrorClass::Reconsent);
        assert!(failure.message.contains("shop 78") && failure.message.contains("79, 80"), "{failure:?}");
        let many: Vec<i64> = (1_000_000..1_000_500).collect();
        assert!(among(Some(78), &many).unwrap_err().message.len() < 400);
    }

    #[test]
    fn only_our_own_and_fresh_states_are_taken() {
        let ours = config("key");
        let text = signed(&ours, 1_000);
        assert_eq!(read_state(&ours, 999, &text).unwrap().shop_id, Some(5));
        assert!(read_state(&ours, 1_000, &text).unwrap_err().to_string().contains("too old"));
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
