//! `apishopee_ads_sync_settings`. Its columns and their ranges are in `sync_core::settings`.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, json_text, one},
};
use serde::Serialize;
use sync_core::{SettingsLayers, SettingsOverride};

const DEPLOYMENT: Statement = Statement {
    name: "settings.deployment",
    sql: "-- settings.deployment
        SELECT coalesce((SELECT to_jsonb(s) FROM apishopee_ads_sync_settings s WHERE s.shop_id = 0), '{}')::text",
};

/// The settings of the whole deployment.
///
/// # Errors
/// What the database reports.
pub async fn deployment(db: &impl Db) -> Result<SettingsOverride, DbError> {
    one(db, &DEPLOYMENT, &[]).await
}

const LAYERS: Statement = Statement {
    name: "settings.layers",
    sql: "-- settings.layers
        SELECT jsonb_build_object('deployment', coalesce(to_jsonb(deployment), '{}'), 'shop', coalesce(to_jsonb(own), '{}'))::text
        FROM apishopee_shops s
        LEFT JOIN apishopee_ads_sync_settings own ON own.shop_id = s.shop_id
        LEFT JOIN apishopee_ads_sync_settings deployment ON deployment.shop_id = 0
        WHERE s.shop_id = $1",
};

/// The rows that apply to a shop; `None` if the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn layers(db: &impl Db, shop_id: i64) -> Result<Option<SettingsLayers>, DbError> {
    first(db, &LAYERS, &[Param::I64(shop_id)]).await
}

const PUT: Statement = Statement {
    name: "settings.put",
    sql: "-- settings.put
        SELECT ads_put_settings($1, $2::jsonb, $3, $4)::text",
};

/// Changes settings of the deployment (shop 0) or of a shop, with an entry in the audit log. `values` is an object whose
/// names are columns; null: inherited. Repeated after an unknown outcome, it changes nothing more but the log.
///
/// # Errors
/// What the database reports: a value that its constraint refuses, for example.
pub async fn put(
    db: &impl Db,
    shop_id: i64,
    values: &impl Serialize,
    by: &str,
    reason: &str,
) -> Result<(), DbError> {
    let (values, by, reason) = (json_text(values)?, clean(by), clean(reason));
    let values = [Param::I64(shop_id), Param::Text(&values), Param::Text(&by), Param::Text(&reason)];
    one::<serde::de::IgnoredAny>(db, &PUT, &values).await.map(drop)
}
