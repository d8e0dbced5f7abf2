//! Tokens of shops: a seller's consent, refreshed pairs, the need for a new consent. Tokens are stored as given.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, one},
};
use std::fmt;

/// A seller's consent, as confirmed by the platform. `Debug` hides the tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    /// The shop.
    pub shop_id: i64,
    /// Its name, if known.
    pub shop_name: Option<String>,
    /// Its market, for example `SG`, if known.
    pub region: Option<String>,
    /// The partner app that was authorized.
    pub partner_id: i64,
    /// Secret.
    pub access_token: String,
    /// Secret.
    pub refresh_token: String,
    /// When the access token ends, unix milliseconds.
    pub expires_at_ms: i64,
    /// When the consent ends, unix milliseconds, if known.
    pub authorized_until_ms: Option<i64>,
    /// When it was given, unix milliseconds.
    pub consented_at_ms: i64,
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("shop_id", &self.shop_id)
            .field("shop_name", &self.shop_name)
            .field("region", &self.region)
            .field("partner_id", &self.partner_id)
            .field("access_token", &"hidden")
            .field("refresh_token", &"hidden")
            .field("expires_at_ms", &self.expires_at_ms)
            .field("authorized_until_ms", &self.authorized_until_ms)
            .field("consented_at_ms", &self.consented_at_ms)
            .finish()
    }
}

const STORE_PAIR: Statement = Statement {
    name: "shops.store_pair",
    sql: "-- shops.store_pair
        WITH stored AS (
          UPDATE apishopee_shops
          SET access_token = $3, refresh_token = $4, token_expires_at = ads_from_unix_ms($5), token_state = 'ok',
            token_error = NULL, updated_at = now()
          WHERE shop_id = $1
            AND (nullif(refresh_token, '') IS NOT DISTINCT FROM nullif($2, '') OR refresh_token = $4)
          RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM stored))::text",
};

/// Replaces the pair whose refresh token is `expected_refresh` (`None`: the row has none) by a refreshed one. True: the row holds
/// the new pair. False: it holds another, written meanwhile, or there is no such shop.
///
/// # Errors
/// What the database reports.
pub async fn store_pair(
    db: &impl Db,
    shop_id: i64,
    expected_refresh: Option<&str>,
    access: &str,
    refresh: &str,
    expires_at_ms: i64,
) -> Result<bool, DbError> {
    let values = [
        Param::I64(shop_id),
        Param::OptText(expected_refresh),
        Param::Text(access),
        Param::Text(refresh),
        Param::I64(expires_at_ms),
    ];
    one(db, &STORE_PAIR, &values).await
}

const UPSERT_CONSENT: Statement = Statement {
    name: "shops.upsert_consent",
    sql: "-- shops.upsert_consent
        WITH kept AS (
          INSERT INTO apishopee_shops AS old (shop_id, shop_name, region, partner_id, access_token, refresh_token,
            token_expires_at, authorized_until, consented_at)
          VALUES ($1, $2, $3, $4, $5, $6, ads_from_unix_ms($7), ads_from_unix_ms($8), ads_from_unix_ms($9))
          ON CONFLICT (shop_id) DO UPDATE
          SET shop_name = coalesce(EXCLUDED.shop_name, old.shop_name), region = coalesce(EXCLUDED.region, old.region),
            partner_id = EXCLUDED.partner_id, access_token = EXCLUDED.access_token,
            refresh_token = EXCLUDED.refresh_token, token_expires_at = EXCLUDED.token_expires_at,
            authorized_until = EXCLUDED.authorized_until, consented_at = EXCLUDED.consented_at, info_at = NULL,
            token_state = 'ok', token_error = NULL, updated_at = now()
          WHERE old.consented_at IS NULL OR old.consented_at < EXCLUDED.consented_at
        )
        SELECT 'true'",
};

/// Writes a consent with its tokens, and the shop if it is new. A name or market that is not given keeps its
/// stored value; the app's key is never changed. A consent is stored once, and never over a later one: its tokens may have been
/// refreshed since.
///
/// # Errors
/// What the database reports.
pub async fn upsert_consent(db: &impl Db, consent: &Consent) -> Result<(), DbError> {
    let (name, region) = (consent.shop_name.as_deref().map(clean), consent.region.as_deref().map(clean));
    let values = [
        Param::I64(consent.shop_id),
        Param::OptText(name.as_deref()),
        Param::OptText(region.as_deref()),
        Param::I64(consent.partner_id),
        Param::Text(&consent.access_token),
        Param::Text(&consent.refresh_token),
        Param::I64(consent.expires_at_ms),
        Param::OptI64(consent.authorized_until_ms),
        Param::I64(consent.consented_at_ms),
    ];
    one::<bool>(db, &UPSERT_CONSENT, &values).await.map(|_| ())
}

const MARK_RECONSENT: Statement = Statement {
    name: "shops.mark_reconsent",
    sql: "-- shops.mark_reconsent
        WITH marked AS (
          UPDATE apishopee_shops SET token_state = 'reconsent', token_error = $3, updated_at = now()
          WHERE shop_id = $1 AND nullif(refresh_token, '') IS NOT DISTINCT FROM nullif($2, '')
          RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM marked))::text",
};

/// Records that the seller must authorize the app again, and why, unless the refused refresh token
/// `expected_refresh` (`None`: the row has none) has been replaced meanwhile. True: recorded.
///
/// # Errors
/// What the database reports.
pub async fn mark_reconsent(
    db: &impl Db,
    shop_id: i64,
    expected_refresh: Option<&str>,
    reason: &str,
) -> Result<bool, DbError> {
    let reason = clean(reason);
    one(db, &MARK_RECONSENT, &[Param::I64(shop_id), Param::OptText(expected_refresh), Param::Text(&reason)])
        .await
}
