//! `apishopee_ads_idempotency_keys`: what each key was sent with.

use crate::{Db, DbError, Param, Statement, decode::one};

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
          RETURNING request_hash
        )
        SELECT to_jsonb(request_hash = $2)::text FROM bound",
};

/// Binds a key to a request. False if it is bound to another one, for a week.
///
/// # Errors
/// What the database reports.
pub async fn bind(db: &impl Db, id: &str, request_hash: &str) -> Result<bool, DbError> {
    one(db, &BIND, &[Param::Text(id), Param::Text(request_hash)]).await
}
