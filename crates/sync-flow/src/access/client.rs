//! A shop's access to Shopee: its app and its token.

use super::settings;
use crate::error::FlowError;
use crate::{
    attempt_error::refused,
    config::Config,
    host::Host,
    permitted_calls::{Calls, HostClock},
    token_encryption::{self, Place},
};
use shopee::{Client, ErrorClass, Partner, Secret};
use store::shops::ShopRow;
use sync_core::{AppId, AttemptFailure, RateLimits, Settings};

/// The client for a shop's calls.
pub type ShopClient<'c, 'h, H> = Client<&'c Calls<'h, H>, HostClock<'h, H>>;

const NO_APP: &str =
    "no partner app: set PARTNER_ID and PARTNER_KEY, or partner_id and partner_key of the shop's row";

/// Opens a sealed text of a shop's row. `None` if it is absent or empty.
///
/// # Errors
/// For the operator.
pub fn opened(
    config: &Config,
    shop_id: i64,
    column: &'static str,
    stored: Option<&str>,
) -> Result<Option<String>, FlowError> {
    let stored = stored.map(str::trim).filter(|text| !text.is_empty());
    stored
        .map(|text| token_encryption::open(config.keyring.as_ref(), Place::Shop(shop_id, column), text))
        .transpose()
}

/// The shop's partner app: the one in its row, else the deployment's.
///
/// # Errors
/// Final, for the operator.
pub fn partner(config: &Config, shop: &ShopRow) -> Result<Partner, AttemptFailure> {
    let fatal = |error: FlowError| refused(ErrorClass::FatalConfiguration, error.to_string());
    let key = opened(config, shop.shop_id, "partner_key", shop.partner_key.as_deref()).map_err(fatal)?;
    let own = shop.partner_id.zip(key).map(|(id, key)| Partner { id, key: Secret::new(key) });
    own.or_else(|| config.partner.clone()).ok_or_else(|| fatal(FlowError::Configuration(NO_APP.to_owned())))
}

/// The shop's partner app, and the rates that apply to its calls.
///
/// # Errors
/// Final, for the operator.
pub fn app(config: &Config, shop: &ShopRow) -> Result<(Partner, RateLimits), AttemptFailure> {
    let partner = partner(config, shop)?;
    let settings = settings::settings(shop, None)
        .map_err(|error| refused(ErrorClass::FatalConfiguration, error.to_string()))?;
    let rate_limits = rate_limits(&partner, &settings);
    Ok((partner, rate_limits))
}

/// The rates that apply to a shop's calls.
pub fn rate_limits(partner: &Partner, settings: &Settings) -> RateLimits {
    RateLimits {
        app: AppId(partner.id),
        shop_calls_per_second: settings.shop_calls_per_second,
        app_calls_per_second: settings.app_calls_per_second,
        breaker_seconds: settings.breaker_seconds,
    }
}

/// A client whose calls take permits.
pub fn client<'c, 'h, H: Host>(
    host: &'h H,
    config: &Config,
    partner: Partner,
    calls: &'c Calls<'h, H>,
) -> ShopClient<'c, 'h, H> {
    Client::new(&config.base_url, partner, calls, HostClock(host))
}
