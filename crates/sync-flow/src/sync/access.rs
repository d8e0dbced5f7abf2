//! A shop's way to the platform: its app, its token.

use super::start;
use crate::{
    calls::{Calls, HostClock},
    config::Config,
    host::Host,
    seal::{self, Place},
};
use sha2::{Digest, Sha256};
use shopee::{ApiError, Client, ErrorClass, Partner, Secret, ShopAccess};
use store::shops::ShopRow;
use sync_core::{AppId, AttemptFailure, ERROR_TEXT_MAX, RateLimits, Settings};

/// The client that a shop's calls go through.
pub type ShopClient<'c, 'h, H> = Client<&'c Calls<'h, H>, HostClock<'h, H>>;

/// Why a shop cannot be synced; for the operator.
pub const NO_TOKEN: &str = "the shop has no access token: the owner must authorize the app again";
const NO_APP: &str =
    "no partner app: set PARTNER_ID and PARTNER_KEY, or partner_id and partner_key of the shop's row";

/// A text of a shop's row, opened. None where it is absent or empty.
///
/// # Errors
/// For the operator.
pub fn opened(
    config: &Config,
    shop_id: i64,
    column: &'static str,
    stored: Option<&str>,
) -> Result<Option<String>, String> {
    let stored = stored.map(str::trim).filter(|text| !text.is_empty());
    stored.map(|text| seal::open(config.keyring.as_ref(), Place { shop_id, column }, text)).transpose()
}

/// The shop's token.
///
/// # Errors
/// Final, for the operator: there is none, or it cannot be opened.
pub fn token(config: &Config, shop: &ShopRow) -> Result<ShopAccess, AttemptFailure> {
    if shop.token_state == "reconsent" {
        let why = shop.token_error.as_deref().unwrap_or(NO_TOKEN);
        return Err(refused(ErrorClass::Reconsent, format!("the owner must authorize the app again: {why}")));
    }
    let token = opened(config, shop.shop_id, "access_token", shop.access_token.as_deref())
        .map_err(|message| refused(ErrorClass::FatalConfiguration, message))?;
    let token = token.ok_or_else(|| refused(ErrorClass::Reconsent, NO_TOKEN.to_owned()))?;
    Ok(ShopAccess { shop_id: shop.shop_id, access_token: Secret::new(token) })
}

/// Whether a shop that has no token of use can get one: it has a refresh token that was not refused for good.
pub fn is_renewable(shop: &ShopRow, failure: &AttemptFailure) -> bool {
    failure.class == ErrorClass::Reconsent && shop.token_state != "reconsent" && shop.refresh_token.is_some()
}

/// The shop's partner app: the one its row names, else the deployment's.
///
/// # Errors
/// Final, for the operator.
pub fn partner(config: &Config, shop: &ShopRow) -> Result<Partner, AttemptFailure> {
    let fatal = |message: String| refused(ErrorClass::FatalConfiguration, message);
    let key = opened(config, shop.shop_id, "partner_key", shop.partner_key.as_deref()).map_err(fatal)?;
    let own = shop.partner_id.zip(key).map(|(id, key)| Partner { id, key: Secret::new(key) });
    own.or_else(|| config.partner.clone()).ok_or_else(|| fatal(NO_APP.to_owned()))
}

/// The shop's partner app, and the rates under which its calls are made.
///
/// # Errors
/// Final, for the operator.
pub fn app(config: &Config, shop: &ShopRow) -> Result<(Partner, RateLimits), AttemptFailure> {
    let partner = partner(config, shop)?;
    let settings = start::settings(shop, None)
        .map_err(|error| refused(ErrorClass::FatalConfiguration, error.to_string()))?;
    let rate_limits = rate_limits(&partner, &settings);
    Ok((partner, rate_limits))
}

/// The rates under which a shop's calls are made.
pub fn rate_limits(partner: &Partner, settings: &Settings) -> RateLimits {
    RateLimits {
        app: AppId(partner.id),
        shop_calls_per_second: settings.shop_calls_per_second,
        app_calls_per_second: settings.app_calls_per_second,
        breaker_seconds: settings.breaker_seconds,
    }
}

/// A client for calls under permits.
pub fn client<'c, 'h, H: Host>(
    host: &'h H,
    config: &Config,
    partner: Partner,
    calls: &'c Calls<'h, H>,
) -> ShopClient<'c, 'h, H> {
    Client::new(&config.base_url, partner, calls, HostClock(host))
}

/// What stands for a token where the token itself must not: enough to tell two apart.
pub fn fingerprint(token: &Secret) -> String {
    let digest = Sha256::digest(token.expose().as_bytes());
    hex::encode(digest.get(..8).unwrap_or_default())
}

/// An error of the platform as the core takes it.
pub fn failure(error: &ApiError, calls: u32) -> AttemptFailure {
    let message: String = error.message.chars().take(ERROR_TEXT_MAX).collect();
    AttemptFailure {
        class: error.class,
        message,
        retry_after_s: error.retry_after_s,
        calls,
        endpoint: Some(error.endpoint),
    }
}

/// A failure that was met before any call.
pub fn refused(class: ErrorClass, message: String) -> AttemptFailure {
    AttemptFailure { class, message, retry_after_s: None, calls: 0, endpoint: None }
}
