//! Custody of a shop's tokens: one holder, one refresh at a time, and a new pair is stored before it is used.
//!
//! A refresh token can be used once. Replay at each `.await` of a refresh:
//! 1. load the shop: nothing has happened yet.
//! 2. call: the object recorded beforehand which token it spends. If the answer is lost, the same token is tried
//!    again: it
//!    either still works, or Shopee refuses it and the seller must consent again.
//! 3. store the pair in the object as soon as the answer is read; from then on a crash loses nothing.
//! 4. write it to Postgres, only in place of the pair that it replaces; until then the object keeps it.

use super::shop::{Ports, ShopSyncObject};
use crate::error::FlowError;
use crate::{
    access::{
        client, settings,
        token::{self, TOKEN_MARGIN_MS},
    },
    attempt_error,
    commands::{NewConsent, TokenReply},
    config::Config,
    host::{Host, Level, Storage},
    permitted_calls::{Calls, Purpose},
    token_encryption::{Keyring, Place},
};
use compact::json;
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass, Secret};
use std::cell::Cell;
use store::{
    Db,
    alert_kind::AlertKind,
    alerts,
    shops::{self, Consent, ShopRow},
};
use sync_core::{AttemptFailure, Hold, WaitReason};

/// The name of the document that holds the custody's state.
const RECORD: &str = "custody";
/// When to ask again while a refresh is under way, in milliseconds.
const REFRESHING_MS: i64 = 250;
/// How often a consent checks whether the refresh under way has ended: longer than its call and its statements may
/// take.
const REFRESH_WAITS_MAX: u32 = 480;

/// What the object remembers of tokens. All texts are sealed.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    /// The fingerprint of a refresh token that was sent and whose answer is unknown.
    spent: Option<String>,
    /// A pair that Postgres may not have yet.
    pair: Option<Pair>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Pair {
    access: String,
    refresh: String,
    expires_at_ms: i64,
    /// The stored refresh token that it replaces.
    replaces: Option<String>,
    /// Whether it comes from a seller's consent: it then replaces any pair, and may create the shop's row.
    consent: bool,
    /// When it was given or refreshed, unix milliseconds.
    #[serde(default)]
    made_at_ms: i64,
}

/// A refresh is under way as long as this exists.
struct Turn<'a>(&'a Cell<bool>);

impl<'a> Turn<'a> {
    fn take(refreshing: &'a Cell<bool>) -> Option<Self> {
        (!refreshing.replace(true)).then(|| Self(refreshing))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

fn failed(class: ErrorClass, message: impl Into<String>) -> TokenReply {
    TokenReply::Failed { failure: attempt_error::refused(class, message.into()) }
}

fn given(token: &Secret) -> TokenReply {
    TokenReply::Token { access_token: token.expose().to_owned() }
}

impl ShopSyncObject {
    /// A valid access token: the stored one, unless it is about to expire or is the refused one.
    pub(super) async fn token(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        refused: Option<&str>,
    ) -> TokenReply {
        let Some(_turn) = Turn::take(&self.refreshing) else {
            let until_ms = ports.host.now_ms().saturating_add(REFRESHING_MS);
            return TokenReply::Wait { hold: Hold { until_ms, reason: WaitReason::ShopRate } };
        };
        self.find_token(ports, refused)
            .await
            .unwrap_or_else(|error| failed(ErrorClass::Retry, error.to_string()))
    }

    async fn find_token(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        refused: Option<&str>,
    ) -> Result<TokenReply, FlowError> {
        let config = ports.host.config()?;
        let db = ports.host.db().await?;
        self.hand_over(ports, &config, &db).await?;
        let row = shops::load(&db, ports.shop_id.0).await?;
        let Some(row) = row else {
            return Ok(failed(
                ErrorClass::FatalConfiguration,
                format!("shop {} is unknown", ports.shop_id.0),
            ));
        };
        let kept = match token::token(&config, &row) {
            Ok(token) => Some(token.access_token),
            Err(failure) if failure.class == ErrorClass::Reconsent && row.token_state != "reconsent" => None,
            Err(failure) => return Ok(TokenReply::Failed { failure }),
        };
        let kept = kept.filter(|token| refused != Some(token::fingerprint(token).as_str()));
        let now_ms = ports.host.now_ms();
        let left_ms = row.token_expires_at_ms.map_or(i64::MAX, |at| at.saturating_sub(now_ms));
        match kept {
            Some(token) if left_ms > TOKEN_MARGIN_MS => Ok(given(&token)),
            // The stored token still serves if the refresh fails for a temporary reason.
            kept => self.refresh(ports, &config, &db, &row, kept.filter(|_| left_ms > 0)).await,
        }
    }

    async fn refresh(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        config: &Config,
        db: &impl Db,
        row: &ShopRow,
        fallback: Option<Secret>,
    ) -> Result<TokenReply, FlowError> {
        let Some(keyring) = &config.keyring else {
            let missing = "tokens cannot be refreshed: set TOKEN_KEYS, with which they are sealed";
            return Ok(fallback
                .as_ref()
                .map_or_else(|| failed(ErrorClass::FatalConfiguration, missing), given));
        };
        let held = client::opened(config, row.shop_id, "refresh_token", row.refresh_token.as_deref())?;
        let Some(held) = held.map(Secret::new) else {
            let why = "there is no refresh token";
            self.reconsent(ports, db, row, why).await?;
            return Ok(failed(ErrorClass::Reconsent, format!("{}: {why}", token::NO_TOKEN)));
        };
        let partner = match client::partner(config, row) {
            Ok(partner) => partner,
            Err(failure) => return Ok(TokenReply::Failed { failure }),
        };
        let settings = settings::settings(row, None)?;
        let purpose = Purpose::single(ports.shop_id, None, client::rate_limits(&partner, &settings));
        let calls = Calls::new(ports.host, purpose);
        let client = client::client(ports.host, config, partner, &calls);
        self.remember(ports, &Record { spent: Some(token::fingerprint(&held)), pair: None })?;
        match client.token_refresh(&held, row.shop_id).await {
            Ok(pair) => {
                let sealed = |column, token| seal(ports, keyring, column, token);
                let kept = Pair {
                    access: sealed("access_token", &pair.access_token)?,
                    refresh: sealed("refresh_token", &pair.refresh_token)?,
                    expires_at_ms: pair.expires_at_ms(ports.host.now_ms()),
                    replaces: row.refresh_token.clone(),
                    consent: false,
                    made_at_ms: ports.host.now_ms(),
                };
                if let Err(error) = self.remember(ports, &Record { spent: None, pair: Some(kept.clone()) }) {
                    // Postgres is then the only place left to store it.
                    deliver(ports, config, db, kept)
                        .await
                        .map_err(|other| FlowError::Platform(format!("{error}; {other}")))?;
                }
                ports.host.log(Level::Info, "token_refreshed", json!({ "shop": row.shop_id }));
                if let Err(error) = self.hand_over(ports, config, db).await {
                    // The object has it, and writes it to Postgres at the next request for a token.
                    ports.host.log(
                        Level::Warn,
                        "token_not_stored",
                        json!({ "shop": row.shop_id, "error": error }),
                    );
                }
                self.apply(ports, |shop, event| shop.answered(event, Endpoint::TokenRefresh)).await?;
                Ok(given(&pair.access_token))
            }
            Err(error) => {
                if let Some(hold) = calls.deferred() {
                    self.remember(ports, &Record::default())?;
                    return Ok(fallback.as_ref().map_or(TokenReply::Wait { hold }, given));
                }
                self.refresh_failed(ports, db, row, attempt_error::failure(&error, calls.made()), fallback)
                    .await
            }
        }
    }

    async fn refresh_failed(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        db: &impl Db,
        row: &ShopRow,
        failure: AttemptFailure,
        fallback: Option<Secret>,
    ) -> Result<TokenReply, FlowError> {
        let fields = json!({ "shop": row.shop_id, "class": failure.class, "error": failure.message });
        ports.host.log(Level::Warn, "refresh_failed", fields);
        if failure.is_throttling() {
            self.apply(ports, |shop, event| shop.throttled(event, &failure)).await?;
        }
        if failure.class == ErrorClass::Reconsent {
            self.reconsent(ports, db, row, &failure.message).await?;
            return Ok(TokenReply::Failed { failure });
        }
        // The next attempt resolves an unknown outcome by using the same token.
        let class =
            if failure.class == ErrorClass::UnknownOutcome { ErrorClass::Retry } else { failure.class };
        let failure = AttemptFailure { class, ..failure };
        Ok(fallback.as_ref().map_or(TokenReply::Failed { failure }, given))
    }

    /// Stops the shop until its seller consents again, and alerts people.
    async fn reconsent(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        db: &impl Db,
        row: &ShopRow,
        why: &str,
    ) -> Result<(), FlowError> {
        let marked = shops::mark_reconsent(db, row.shop_id, row.refresh_token.as_deref(), why).await;
        if marked? {
            let text =
                format!("shop {} stands still until its owner authorizes the app again: {why}", row.shop_id);
            ports.host.log(Level::Error, "reconsent_needed", json!({ "shop": row.shop_id }));
            alerts::raise(db, AlertKind::Reconsent, Some(row.shop_id), &text).await?;
        }
        self.remember(ports, &Record::default())
    }

    /// Adopts the tokens of a seller's consent, which are stored when this returns. A refresh under way ends first.
    pub(super) async fn adopt(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        consent: &NewConsent,
    ) -> Result<TokenReply, FlowError> {
        let mut waits = REFRESH_WAITS_MAX;
        let _turn = loop {
            match Turn::take(&self.refreshing) {
                Some(turn) => break turn,
                None if waits == 0 => {
                    return Err(FlowError::Platform("the shop's tokens are being refreshed".to_owned()));
                }
                None => ports.host.sleep_ms(REFRESHING_MS).await,
            }
            waits -= 1;
        };
        let config = ports.host.config()?;
        let keyring = config.keyring.as_ref().ok_or_else(|| {
            FlowError::Configuration("set TOKEN_KEYS, with which tokens are sealed".to_owned())
        })?;
        let db = ports.host.db().await?;
        let row = shops::load(&db, ports.shop_id.0).await?;
        let own = row.filter(|row| row.partner_key.is_some()).and_then(|row| row.partner_id);
        if own.is_some_and(|own| config.partner.as_ref().is_none_or(|partner| partner.id != own)) {
            let message = "the shop's row names a partner app of its own, and the consent was given to another one: \
                           clear partner_id and partner_key of the row first";
            return Ok(failed(ErrorClass::FatalConfiguration, message));
        }
        let sealed = |column, token: &str| seal(ports, keyring, column, &Secret::new(token));
        let access =
            consent.access_token.as_deref().map(|token| sealed("access_token", token)).transpose()?;
        let pair = Pair {
            access: access.unwrap_or_default(),
            refresh: sealed("refresh_token", &consent.refresh_token)?,
            expires_at_ms: consent.expires_at_ms,
            replaces: None,
            consent: true,
            made_at_ms: ports.host.now_ms(),
        };
        self.remember(ports, &Record { spent: None, pair: Some(pair) })?;
        self.hand_over(ports, &config, &db).await?;
        Ok(self
            .find_token(ports, None)
            .await
            .unwrap_or_else(|error| failed(ErrorClass::Retry, error.to_string())))
    }

    /// Writes the pair to Postgres if it is not there yet.
    async fn hand_over(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        config: &Config,
        db: &impl Db,
    ) -> Result<(), FlowError> {
        let record = self.recall(ports)?;
        let Some(pair) = record.pair else { return Ok(()) };
        deliver(ports, config, db, pair).await?;
        self.remember(ports, &Record { spent: record.spent, pair: None })
    }

    fn recall(&self, ports: Ports<'_, impl Host, impl Storage>) -> Result<Record, FlowError> {
        let Some(text) = ports.storage.record(RECORD)? else { return Ok(Record::default()) };
        compact::json::from_str(&text).map_err(|error| {
            FlowError::Invalid(format!("the custody's record is unreadable at column {}", error.column()))
        })
    }

    fn remember(&self, ports: Ports<'_, impl Host, impl Storage>, record: &Record) -> Result<(), FlowError> {
        let text = serde_json::to_string(record)?;
        ports.storage.put_record(RECORD, &text)
    }
}

/// Writes a pair to Postgres: a consent's pair replaces any other, a refreshed one only the pair from which it was
/// made.
async fn deliver(
    ports: Ports<'_, impl Host, impl Storage>,
    config: &Config,
    db: &impl Db,
    pair: Pair,
) -> Result<(), FlowError> {
    let shop_id = ports.shop_id.0;
    if pair.consent {
        let partner = config
            .partner
            .as_ref()
            .ok_or_else(|| FlowError::Configuration("set PARTNER_ID and PARTNER_KEY".to_owned()))?;
        let consent = Consent {
            shop_id,
            shop_name: None,
            region: None,
            partner_id: partner.id,
            access_token: pair.access,
            refresh_token: pair.refresh,
            expires_at_ms: pair.expires_at_ms,
            authorized_until_ms: None,
            consented_at_ms: pair.made_at_ms,
        };
        shops::upsert_consent(db, &consent).await?;
        alerts::resolve(db, AlertKind::Reconsent, Some(shop_id)).await?;
    } else {
        let replaces = pair.replaces.as_deref();
        let kept =
            shops::store_pair(db, shop_id, replaces, &pair.access, &pair.refresh, pair.expires_at_ms).await;
        if !kept? {
            // Another token has been stored there since, which is newer than ours.
            ports.host.log(Level::Warn, "token_superseded", json!({ "shop": shop_id }));
        }
    }
    Ok(())
}

fn seal(
    ports: Ports<'_, impl Host, impl Storage>,
    keyring: &Keyring,
    column: &'static str,
    token: &Secret,
) -> Result<String, FlowError> {
    let place = Place::Shop(ports.shop_id.0, column);
    keyring.seal(place, token.expose(), |bytes| ports.host.random_bytes(bytes))
}
