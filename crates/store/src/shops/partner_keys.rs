//! Partner keys of shops' own apps, which are sealed again after a rotation of `TOKEN_KEYS`. Tokens are at each refresh.

use crate::{
    Db, DbError, Param, Statement,
    decode::{many, one},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A stored partner key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerKey {
    /// The shop.
    pub shop_id: i64,
    /// As stored: sealed, or the plain text of an older installation.
    pub partner_key: String,
}

impl fmt::Debug for PartnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerKey").field("shop_id", &self.shop_id).field("partner_key", &"hidden").finish()
    }
}

const OTHERS: Statement = Statement {
    name: "partner_keys.others",
    sql: "-- partner_keys.others
        -- $1 prefix of texts sealed with the current key, $2 last shop of the previous page, $3 maximum number of rows
        SELECT jsonb_build_object('shop_id', s.shop_id, 'partner_key', s.partner_key)::text
        FROM apishopee_shops s
        WHERE s.shop_id > $2 AND btrim(s.partner_key) <> '' AND NOT starts_with(s.partner_key, $1)
        ORDER BY s.shop_id LIMIT $3",
};

/// Partner keys not sealed with the current key, by shop. `prefix` is the prefix of texts that are.
///
/// # Errors
/// What the database reports.
pub async fn others(db: &impl Db, prefix: &str, after: i64, limit: i64) -> Result<Vec<PartnerKey>, DbError> {
    many(db, &OTHERS, &[Param::Text(prefix), Param::I64(after), Param::I64(limit)]).await
}

const RESEAL: Statement = Statement {
    name: "partner_keys.reseal",
    sql: "-- partner_keys.reseal
        WITH sealed AS (
          UPDATE apishopee_shops SET partner_key = $3 WHERE shop_id = $1 AND partner_key = $2 RETURNING 1
        )
        SELECT to_jsonb(EXISTS (SELECT FROM sealed))::text",
};

/// Replaces a stored text by a sealed one. False: the stored text has changed since.
///
/// # Errors
/// What the database reports.
pub async fn reseal(db: &impl Db, stored: &PartnerKey, sealed: &str) -> Result<bool, DbError> {
    let values = [Param::I64(stored.shop_id), Param::Text(&stored.partner_key), Param::Text(sealed)];
    one(db, &RESEAL, &values).await
}

const UNDER_OTHERS: Statement = Statement {
    name: "partner_keys.under_others",
    sql: "-- partner_keys.under_others
        -- $1 as above
        SELECT to_jsonb(count(*))::text FROM apishopee_shops s
        WHERE EXISTS (SELECT FROM unnest(ARRAY[s.access_token, s.refresh_token, s.partner_key]) t (stored)
          WHERE btrim(stored) <> '' AND NOT starts_with(stored, $1))",
};

/// Shops with a token or a partner key not sealed with the current key.
///
/// # Errors
/// What the database reports.
pub async fn under_others(db: &impl Db, prefix: &str) -> Result<i64, DbError> {
    one(db, &UNDER_OTHERS, &[Param::Text(prefix)]).await
}
