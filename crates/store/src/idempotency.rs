//! `apishopee_ads_idempotency_keys`: what each key was sent with.

use crate::{Db, DbError, Param, Statement, decode::one};
use serde::Deserialize;

/// What a key is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// To this request, from now on.
    New,
    /// To this request, since it was sent before.
    Same,
    /// To another request.
    Other,
}

// A few of the oldest are forgotten each time, so that nobody else has to. Not the one that is asked for: one statement cannot
// delete a row and find it.
const BIND: Statement = Statement {
    name: "idempotency.bind",
    sql: "-- idempotency.bind
        WITH forgotten AS (
          DELETE FROM apishopee_ads_idempotency_keys WHERE id IN (
            SELECT id FROM apishopee_ads_idempotency_keys
            WHERE made_at < now() - interval '7 days' AND id <> $1::uuid
            ORDER BY made_at LIMIT 100 FOR UPDATE SKIP LOCKED)
        ), bound AS (
          INSERT INTO apishopee_ads_idempotency_keys AS k (id, request_hash) VALUES ($1::uuid, $2)
          ON CONFLICT (id) DO UPDATE SET request_hash = k.request_hash
          RETURNING request_hash, xmax = 0 AS is_new
        )
        SELECT to_jsonb(CASE WHEN request_hash <> $2 THEN 'other' WHEN is_new THEN 'new' ELSE 'same' END)::text
        FROM bound",
};

/// Binds a key to a request for a week, unless it is bound to another one.
///
/// # Errors
/// What the database reports.
pub async fn bind(db: &impl Db, id: &str, request_hash: &str) -> Result<Binding, DbError> {
    one(db, &BIND, &[Param::Text(id), Param::Text(request_hash)]).await
}

const RELEASE: Statement = Statement {
    name: "idempotency.release",
    sql: "-- idempotency.release
        WITH gone AS (DELETE FROM apishopee_ads_idempotency_keys WHERE id = $1::uuid AND request_hash = $2)
        SELECT 'true'",
};

/// Makes a key free whose request was refused.
///
/// # Errors
/// What the database reports.
pub async fn release(db: &impl Db, id: &str, request_hash: &str) -> Result<(), DbError> {
    one::<bool>(db, &RELEASE, &[Param::Text(id), Param::Text(request_hash)]).await.map(drop)
}
