//! What operators do with a shop as a whole.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first},
};
use compact::SortedMap;
use serde::Deserialize;

/// What changes of a shop; the rest stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes<'a> {
    /// Its name.
    pub shop_name: Option<&'a str>,
    /// Its market.
    pub region: Option<&'a str>,
    /// Whether anything is asked of Shopee for it.
    pub enabled: Option<bool>,
}

const CHANGE: Statement = Statement {
    name: "shops.change",
    sql: "-- shops.change
        WITH old AS MATERIALIZED (
          SELECT shop_id, shop_name, region, disabled_at IS NULL AS enabled FROM apishopee_shops WHERE shop_id = $1
        ), changed AS (
          UPDATE apishopee_shops s
          SET shop_name = coalesce($2, s.shop_name), region = coalesce($3, s.region), updated_at = now(),
            disabled_at = CASE WHEN coalesce($4::boolean, old.enabled) THEN NULL ELSE coalesce(s.disabled_at, now()) END
          FROM old WHERE s.shop_id = old.shop_id
          RETURNING s.shop_id, jsonb_build_object('shop_name', s.shop_name, 'region', s.region, 'enabled',
            s.disabled_at IS NULL) AS after
        ), noted AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, before, after)
          SELECT $5, 'shop.change', c.shop_id, to_jsonb(old) - 'shop_id', c.after FROM changed c, old
        )
        SELECT to_jsonb(old.enabled)::text FROM old",
};

/// Changes a shop. Returns whether it was on before; `None` if it is unknown.
///
/// # Errors
/// What the database reports.
pub async fn change(
    db: &impl Db,
    shop_id: i64,
    changes: Changes<'_>,
    by: &str,
) -> Result<Option<bool>, DbError> {
    let (name, region) = (changes.shop_name.map(clean), changes.region.map(clean));
    let values = [
        Param::I64(shop_id),
        Param::OptText(name.as_deref()),
        Param::OptText(region.as_deref()),
        Param::OptText(changes.enabled.map(|enabled| if enabled { "true" } else { "false" })),
        Param::Text(&clean(by)),
    ];
    first(db, &CHANGE, &values).await
}

/// What one step of a deletion has done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Deletion {
    /// Deleted rows of each table.
    pub rows: SortedMap<String, i64>,
    /// Nothing is left.
    pub is_gone: bool,
}

const DELETE: Statement = Statement {
    name: "shops.delete",
    sql: "-- shops.delete
        SELECT step::text FROM (SELECT ads_delete_shop($1, $2, $3::integer, $4) AS step) AS s WHERE step IS NOT NULL",
};

/// Deletes a shop, with what was fetched and done for it if `data` is set: at most `limit` rows of each table, so that it is called
/// until nothing is left. `None` if the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn delete(
    db: &impl Db,
    shop_id: i64,
    data: bool,
    limit: i64,
    by: &str,
) -> Result<Option<Deletion>, DbError> {
    let values = [Param::I64(shop_id), Param::Bool(data), Param::I64(limit), Param::Text(&clean(by))];
    first(db, &DELETE, &values).await
}
