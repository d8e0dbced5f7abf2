//! `apishopee_shops`, with a shop's data in other tables.

pub mod partner_keys;
mod tokens;
mod verbs;

pub use tokens::{Consent, mark_reconsent, store_pair, upsert_consent};
pub use verbs::{Changes, Deletion, change, delete};

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, many, one},
};
use api::shop::Shop;
use chrono::NaiveDate;
use serde::Deserialize;
use std::fmt;
use sync_core::SettingsLayers;

/// What a run needs to know about its shop. `Debug` shows neither the tokens nor the key.
#[derive(Clone, PartialEq, Deserialize)]
pub struct ShopRow {
    /// The shop.
    pub shop_id: i64,
    /// Its name.
    pub shop_name: Option<String>,
    /// Its market, for example `SG`.
    pub region: Option<String>,
    /// The access token of the Open Platform. Secret.
    pub access_token: Option<String>,
    /// The refresh token, for a single use. Secret.
    pub refresh_token: Option<String>,
    /// The partner app, if it is the shop's own.
    pub partner_id: Option<i64>,
    /// The app's signing key. Secret.
    pub partner_key: Option<String>,
    /// When the access token ends, unix milliseconds.
    pub token_expires_at_ms: Option<i64>,
    /// Nothing is asked of Shopee for it.
    pub is_disabled: bool,
    /// `ok`, or `reconsent`: the platform refuses the tokens for good, the seller must authorize the app again.
    pub token_state: String,
    /// Why the state is `reconsent`.
    pub token_error: Option<String>,
    /// The shop's own data were not fetched from Shopee within the last day.
    pub info_is_old: bool,
    /// The current date in the shop's time zone.
    pub today: NaiveDate,
    /// The IANA name of that time zone.
    pub time_zone: String,
    /// The greatest generation of the shop in the database.
    pub generation_floor: i64,
    /// The shop's settings, else the deployment's.
    pub settings: SettingsLayers,
}

impl fmt::Debug for ShopRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "hidden");
        f.debug_struct("ShopRow")
            .field("shop_id", &self.shop_id)
            .field("shop_name", &self.shop_name)
            .field("region", &self.region)
            .field("access_token", &hidden(&self.access_token))
            .field("refresh_token", &hidden(&self.refresh_token))
            .field("partner_id", &self.partner_id)
            .field("partner_key", &hidden(&self.partner_key))
            .field("token_expires_at_ms", &self.token_expires_at_ms)
            .field("is_disabled", &self.is_disabled)
            .field("token_state", &self.token_state)
            .field("token_error", &self.token_error)
            .field("info_is_old", &self.info_is_old)
            .field("today", &self.today)
            .field("time_zone", &self.time_zone)
            .field("generation_floor", &self.generation_floor)
            .field("settings", &self.settings)
            .finish()
    }
}

const HAS_APP: Statement = Statement {
    name: "shops.has_app",
    sql: "-- shops.has_app
        SELECT to_jsonb(EXISTS (SELECT FROM apishopee_shops WHERE partner_id = $1))::text",
};

/// Whether a shop names this partner app as its own.
///
/// # Errors
/// What the database reports.
pub async fn has_app(db: &impl Db, partner_id: i64) -> Result<bool, DbError> {
    one(db, &HAS_APP, &[Param::I64(partner_id)]).await
}

const LOAD: Statement = Statement { name: "shops.load", sql: include_str!("../sql/shops_load.sql") };

/// What a run needs to know about a shop; `None` if it is unknown.
///
/// # Errors
/// What the database reports.
pub async fn load(db: &impl Db, shop_id: i64) -> Result<Option<ShopRow>, DbError> {
    first(db, &LOAD, &[Param::I64(shop_id)]).await
}

const LEARN: Statement = Statement {
    name: "shops.learn",
    sql: "-- shops.learn
        WITH learnt AS (
          UPDATE apishopee_shops
          SET shop_name = $2, region = $3, authorized_until = coalesce(ads_from_unix_ms($4), authorized_until),
            info_at = now(), updated_at = now()
          WHERE shop_id = $1
          RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM learnt))::text",
};

/// Stores the shop's own data from Shopee. False: the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn learn(
    db: &impl Db,
    shop_id: i64,
    name: &str,
    region: &str,
    authorized_until_ms: Option<i64>,
) -> Result<bool, DbError> {
    let (name, region) = (clean(name), clean(region));
    let values =
        [Param::I64(shop_id), Param::Text(&name), Param::Text(&region), Param::OptI64(authorized_until_ms)];
    one(db, &LEARN, &values).await
}

const WATCH_CONSENTS: Statement = Statement {
    name: "shops.watch_consents",
    sql: "-- shops.watch_consents
        WITH ending AS (
          SELECT s.shop_id, s.authorized_until < now() + interval '3 days' AS is_near,
            format('The seller''s consent ends on %s (UTC). Let the seller consent again before: '
              'GET /oauth/shopee/start?shop_id=%s', to_char(s.authorized_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
              s.shop_id) AS text
          FROM apishopee_shops s
          WHERE s.token_state = 'ok' AND s.disabled_at IS NULL AND s.authorized_until < now() + interval '14 days'
        ), raised AS (
          INSERT INTO apishopee_ads_alerts AS old (kind, shop_id, severity, text)
          SELECT 'consent_ends', e.shop_id, CASE WHEN e.is_near THEN 'critical' ELSE 'warning' END, e.text
          FROM ending e ORDER BY e.shop_id
          ON CONFLICT (kind, coalesce(shop_id, 0)) WHERE resolved_at IS NULL DO UPDATE
          SET severity = EXCLUDED.severity, text = EXCLUDED.text, last_seen_at = now(),
            seen_count = least(old.seen_count, 2147483646) + 1
        ), resolved AS (
          UPDATE apishopee_ads_alerts a SET resolved_at = now()
          WHERE a.kind = 'consent_ends' AND a.resolved_at IS NULL
            AND NOT EXISTS (SELECT FROM ending e WHERE e.shop_id = a.shop_id)
        )
        SELECT to_jsonb(count(*))::text FROM ending",
};

/// Raises the alert of every shop whose consent ends within 14 days, a critical one within 3, and closes the others. Returns how
/// many are open.
///
/// # Errors
/// What the database reports.
pub async fn watch_consents(db: &impl Db) -> Result<i64, DbError> {
    one(db, &WATCH_CONSENTS, &[]).await
}

const LIST: Statement = Statement { name: "shops.list", sql: include_str!("../sql/shops_list.sql") };

/// Up to `limit` shops with an id above `after_shop_id`, by id.
///
/// # Errors
/// What the database reports.
pub async fn list(db: &impl Db, after_shop_id: i64, limit: i32) -> Result<Vec<Shop>, DbError> {
    many(db, &LIST, &[Param::I64(after_shop_id), Param::OptI64(None), Param::I64(limit.into())]).await
}

/// One shop; `None` if it is unknown.
///
/// # Errors
/// What the database reports.
pub async fn summary(db: &impl Db, shop_id: i64) -> Result<Option<Shop>, DbError> {
    first(db, &LIST, &[Param::I64(i64::MIN), Param::OptI64(Some(shop_id)), Param::I64(1)]).await
}
