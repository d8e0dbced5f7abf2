//! A shop's access token: read from its row, renewed by the shop's object.

use super::client::opened;
use crate::{
    attempt_error::{self, AttemptError, refused},
    commands::TokenReply,
    config::Config,
    host::Host,
    invocation::Invocation,
    object_client::ShopObject,
    permitted_calls::Calls,
};
use sha2::{Digest, Sha256};
use shopee::{ApiError, ErrorClass, Secret, ShopAccess};
use store::shops::ShopRow;
use sync_core::{AttemptFailure, ShopId, TOKEN_RENEWALS_MAX};

/// Why a shop cannot be synced, for the operator.
pub const NO_TOKEN: &str = "the shop has no access token: the owner must authorize the app again";
/// Why a shop that is off cannot be synced, for the operator.
const DISABLED: &str =
    "the shop is off: switch it on first (PATCH /v1/shops/{shop_id} with \"enabled\": true)";
/// Remaining life below which a token is not given out, in milliseconds. Longer than an attempt may take.
pub const TOKEN_MARGIN_MS: i64 = 5 * 60 * 1_000;

/// The shop's token.
///
/// # Errors
/// Final, for the operator: the shop is off, there is none, or it cannot be opened.
pub fn token(config: &Config, shop: &ShopRow) -> Result<ShopAccess, AttemptFailure> {
    if shop.is_disabled {
        return Err(refused(ErrorClass::FatalConfiguration, DISABLED.to_owned()));
    }
    if shop.token_state == "reconsent" {
        let why = shop.token_error.as_deref().unwrap_or(NO_TOKEN);
        return Err(refused(ErrorClass::Reconsent, format!("the owner must authorize the app again: {why}")));
    }
    let token = opened(config, shop.shop_id, "access_token", shop.access_token.as_deref())
        .map_err(|error| refused(ErrorClass::FatalConfiguration, error.to_string()))?;
    let token = token.ok_or_else(|| refused(ErrorClass::Reconsent, NO_TOKEN.to_owned()))?;
    Ok(ShopAccess { shop_id: shop.shop_id, access_token: Secret::new(token) })
}

/// Whether a shop without a usable token can get one: it has a refresh token that was not refused for good.
pub fn is_renewable(shop: &ShopRow, failure: &AttemptFailure) -> bool {
    failure.class == ErrorClass::Reconsent && shop.token_state != "reconsent" && shop.refresh_token.is_some()
}

/// A shop's access token in use: renewed a limited number of times when Shopee refuses it.
pub struct LiveToken<'i, 'h, H: Host> {
    invocation: &'i Invocation<'h, H>,
    shop: &'i ShopRow,
    access: ShopAccess,
    renewals: u32,
}

impl<'i, 'h, H: Host> LiveToken<'i, 'h, H> {
    /// Takes the current token.
    ///
    /// # Errors
    /// As [`current_token`].
    pub async fn current(invocation: &'i Invocation<'h, H>, shop: &'i ShopRow) -> Result<Self, AttemptError> {
        let access = current_token(invocation, shop).await?;
        Ok(Self { invocation, shop, access, renewals: 0 })
    }

    /// For another piece of work, which may renew it as often.
    #[must_use]
    pub fn for_more(self) -> Self {
        Self { renewals: 0, ..self }
    }

    /// The token for the next call.
    pub fn access(&self) -> &ShopAccess {
        &self.access
    }

    /// Renews the token if the error of the last of these calls asks for it. Returns true if the call can be made
    /// again.
    ///
    /// # Errors
    /// No other token is available now.
    pub async fn renew_after(
        &mut self,
        error: &ApiError,
        calls: &Calls<'_, H>,
    ) -> Result<bool, AttemptError> {
        if error.class != ErrorClass::RefreshToken || self.renewals >= TOKEN_RENEWALS_MAX {
            return Ok(false);
        }
        let refused = Some((&self.access.access_token, calls));
        self.access = renewed_token(self.invocation, self.shop, refused).await?;
        self.renewals = self.renewals.saturating_add(1);
        Ok(true)
    }
}

/// The stored token, or a new one if it is missing or about to expire.
///
/// # Errors
/// No token is available now.
pub async fn current_token<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
) -> Result<ShopAccess, AttemptError> {
    let margin_ms = invocation.host.now_ms().saturating_add(TOKEN_MARGIN_MS);
    let lasting = shop.token_expires_at_ms.is_none_or(|at| at > margin_ms);
    match token(&invocation.config, shop) {
        Ok(token) if lasting || shop.refresh_token.is_none() => Ok(token),
        Err(failure) if !is_renewable(shop, &failure) => Err(failure.into()),
        Ok(_) | Err(_) => renewed_token(invocation, shop, None).await,
    }
}

/// A token from the shop's custody, other than the one refused in the last of these calls.
///
/// # Errors
/// No token is available now.
pub async fn renewed_token<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    refused: Option<(&Secret, &Calls<'_, H>)>,
) -> Result<ShopAccess, AttemptError> {
    let object = ShopObject::new(invocation.host, ShopId(shop.shop_id));
    let mut patience = REFRESH_WAITS_MAX;
    loop {
        let slot_ms = refused.and_then(|(_, calls)| calls.slot_ms());
        let reply = object.token(refused.map(|(token, _)| fingerprint(token)), slot_ms).await;
        match reply.map_err(|error| attempt_error::refused(ErrorClass::Retry, error.to_string()))? {
            TokenReply::Token { access_token } => {
                return Ok(ShopAccess { shop_id: shop.shop_id, access_token: Secret::new(access_token) });
            }
            TokenReply::Wait { hold } => {
                let wait_ms = hold.until_ms - invocation.host.now_ms();
                if patience == 0 || wait_ms > REFRESH_WAIT_MS_MAX {
                    return Err(AttemptError::Deferred(hold));
                }
                patience -= 1;
                invocation.host.sleep_ms(wait_ms.max(1)).await;
            }
            TokenReply::Failed { failure } => return Err(failure.into()),
        }
    }
}

/// How often a consumer waits for a refresh that another one has started.
const REFRESH_WAITS_MAX: u32 = 8;
/// Longest of these waits, in milliseconds.
const REFRESH_WAIT_MS_MAX: i64 = 1_000;

/// A token's fingerprint, for use where the token itself must not appear: enough to tell two tokens apart.
pub fn fingerprint(token: &Secret) -> String {
    let digest = Sha256::digest(token.expose().as_bytes());
    hex::encode(digest.get(..8).unwrap_or_default())
}
