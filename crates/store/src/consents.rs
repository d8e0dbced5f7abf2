//! `apishopee_ads_consent_links`: who requested a seller's consent, and which links are used up.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, first, json_text, one},
};
use serde_json::Value;

/// A requested link.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its unique id.
    pub nonce: &'a str,
    /// Who requested it.
    pub actor: &'a str,
    /// The expected shop; `None` if any may come.
    pub shop_id: Option<i64>,
    /// When it expires, unix milliseconds.
    pub until_ms: i64,
}

const ADD: Statement = Statement {
    name: "consents.add",
    sql: "-- consents.add
        WITH forgotten AS (
          DELETE FROM apishopee_ads_consent_links WHERE expires_at < now() - interval '7 days'
        ), added AS (
          INSERT INTO apishopee_ads_consent_links (nonce, actor, shop_id, expires_at)
          VALUES ($1, $2, $3, ads_from_unix_ms($4)) ON CONFLICT (nonce) DO NOTHING RETURNING nonce
        ), recorded AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject)
          SELECT $2, 'consent.start', $3, nonce FROM added
        )
        SELECT 'true'",
};

/// Stores a link, with an audit entry of who requested it.
///
/// # Errors
/// What the database reports.
pub async fn add(db: &impl Db, link: Link<'_>) -> Result<(), DbError> {
    let actor = clean(link.actor);
    let values = [
        Param::Text(link.nonce),
        Param::Text(&actor),
        Param::OptI64(link.shop_id),
        Param::I64(link.until_ms),
    ];
    one::<bool>(db, &ADD, &values).await.map(drop)
}

const TAKE: Statement = Statement {
    name: "consents.take",
    sql: "-- consents.take
        WITH taken AS (
          UPDATE apishopee_ads_consent_links SET code_hash = $2
          WHERE nonce = $1 AND used_at IS NULL AND expires_at > now() AND coalesce(code_hash, $2) = $2
          RETURNING actor
        )
        SELECT to_jsonb(actor)::text FROM taken",
};

/// Binds a link to the first code that comes back with it: the same code may come again until the link is used. Returns who
/// requested the link; `None`: it is used up, expired or unknown.
///
/// # Errors
/// What the database reports.
pub async fn take(db: &impl Db, nonce: &str, code_hash: &str) -> Result<Option<String>, DbError> {
    first(db, &TAKE, &[Param::Text(nonce), Param::Text(code_hash)]).await
}

const USE: Statement = Statement {
    name: "consents.use",
    sql: "-- consents.use
        WITH used AS (
          UPDATE apishopee_ads_consent_links SET used_at = now() WHERE nonce = $1 AND used_at IS NULL RETURNING actor
        ), recorded AS (
          INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, subject, after)
          SELECT used.actor, 'consent.adopt', shop.id::bigint, $1, nullif($3::jsonb, 'null')
          FROM used, jsonb_array_elements_text($2::jsonb) AS shop (id)
        )
        SELECT to_jsonb(count(*) > 0)::text FROM used",
};

/// Uses a link up, with an audit entry of its shops. Returns whether it was still unused.
///
/// # Errors
/// What the database reports.
pub async fn use_up(db: &impl Db, nonce: &str, shops: &[i64], after: &Value) -> Result<bool, DbError> {
    let (shops, after) = (json_text(&shops)?, json_text(after)?);
    one(db, &USE, &[Param::Text(nonce), Param::Text(&shops), Param::Text(&after)]).await
}
