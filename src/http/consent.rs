//! /oauth/shopee: a seller's consent.
//!
//! `start` gives an operator two links for the seller, one for each of Shopee's consent pages; `callback` is where
//! Shopee sends the seller's browser afterwards.

use super::{
    address,
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::{
    consent::{ConsentLinks, Consented},
    route::CALLBACK,
};
use shopee::{ErrorClass, Grantee};
use sync_core::{Settings, ShopId};
use sync_flow::{
    access::client,
    actions::consent::{self, Callback},
    config::Config,
    host::Host,
    permitted_calls::{Calls, Purpose},
};
use worker::Request;

/// How long Shopee takes a signed address, in seconds (shopee-api: five minutes).
const SIGNED_SECONDS: u32 = 300;
/// Longest code that is examined, in bytes.
const CODE_BYTES_MAX: usize = 512;

fn config(context: &Context<'_>) -> Result<Config, Problem> {
    context.host.config().map_err(Problem::unavailable)
}

/// GET /oauth/shopee/start, for one shop with `shop_id`.
pub async fn start(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop(request)?;
    let config = config(context)?;
    let partner = config.partner.clone();
    let missing = |what: &str| Problem::conflict("not_configured", format!("{what} is not set"));
    let partner = partner.ok_or_else(|| missing("PARTNER_ID, PARTNER_KEY"))?;
    if config.keyring.is_none() {
        return Err(missing("TOKEN_KEYS, with which tokens are sealed,"));
    }
    let state = consent::start(&context.host, &config, shop_id.map(|shop| shop.0), context.actor()).await;
    let state = state.map_err(Problem::unavailable)?;
    let callback = format!("{}{CALLBACK}", address::origin(&request.inner().url()));
    let purpose = Purpose::single(ShopId(0), None, client::rate_limits(&partner, &Settings::default()));
    let calls = Calls::new(&context.host, purpose);
    let client = client::client(&context.host, &config, partner, &calls);
    Answer::ok(&ConsentLinks {
        url: client.consent_link(&config.auth_url, &callback, &state),
        signed_url: client.signed_consent_link(&format!("{callback}?state={state}")),
        signed_url_expires_in_seconds: SIGNED_SECONDS,
    })
}

/// GET /oauth/shopee/callback
pub async fn callback(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let value = |name: &str| request::query(request, name);
    let config = config(context)?;
    let state = value("state")?.ok_or_else(|| Problem::field("state", "is missing: ask for a new link"))?;
    let state = consent::read_state(&config, context.host.now_ms(), &state)
        .map_err(|error| Problem::field("state", error.to_string()))?;
    if let Some(error) = value("error")? {
        let said: String = error.chars().take(100).collect();
        return Err(Problem::conflict("consent_refused", format!("the seller did not consent ({said})")));
    }
    let code = value("code")?.filter(|code| (1..=CODE_BYTES_MAX).contains(&code.len()));
    let code = code.ok_or_else(|| Problem::field("code", "is missing: ask for a new link"))?;
    let grantee = match (value("shop_id")?, value("main_account_id")?) {
        (Some(shop), None) => Grantee::Shop(request::shop_id(&shop)?.0),
        (None, Some(account)) => Grantee::MainAccount(
            account.parse().map_err(|_| Problem::field("main_account_id", "must be a whole number"))?,
        ),
        _ => return Err(Problem::field("shop_id", "exactly one of shop_id and main_account_id is needed")),
    };
    let callback = Callback { code, grantee, expected: state.shop_id };
    match consent::accept(&context.host, &config, &state.nonce, &callback).await {
        Ok(shops) => Answer::ok(&Consented { consented: true, shops }),
        Err(failure) if failure.class == ErrorClass::Reconsent => {
            Err(Problem::conflict("consent_not_usable", failure.message))
        }
        Err(failure) if failure.class == ErrorClass::Retry => Err(Problem::not_now(failure.message)),
        Err(failure) => Err(Problem::upstream(failure.message)),
    }
}
