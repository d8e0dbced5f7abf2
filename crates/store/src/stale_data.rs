//! How old the data of shops are: the view `v_ads_freshness` and the alert `stale_data`.

use crate::{Db, DbError, Statement, decode::one};
use serde::{Deserialize, Serialize};

/// The result of checking all shops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Shops that miss their objective.
    pub stale: i64,
    /// Shops that meet it again.
    pub fresh_again: i64,
}

const WATCH: Statement = Statement {
    name: "freshness.watch",
    sql: "-- freshness.watch
        WITH stale AS (
          SELECT f.shop_id, CASE WHEN f.age_minutes IS NULL THEN 'the shop was never synced'
            ELSE format('the data are %s minutes old', round(f.age_minutes)) END
            || format('; the objective is %s minutes', f.freshness_minutes) AS text
          FROM v_ads_freshness f WHERE f.is_syncable AND NOT f.is_fresh
        ), raised AS (
          INSERT INTO apishopee_ads_alerts AS old (kind, shop_id, severity, text)
          SELECT 'stale_data', s.shop_id, 'warning', s.text FROM stale s ORDER BY s.shop_id
          ON CONFLICT (kind, coalesce(shop_id, 0)) WHERE resolved_at IS NULL DO UPDATE
          SET text = EXCLUDED.text, last_seen_at = now(), seen_count = least(old.seen_count, 2147483646) + 1
        ), resolved AS (
          UPDATE apishopee_ads_alerts a SET resolved_at = now()
          WHERE a.kind = 'stale_data' AND a.resolved_at IS NULL
            AND NOT EXISTS (SELECT FROM stale s WHERE s.shop_id = a.shop_id)
          RETURNING 1
        )
        SELECT jsonb_build_object('stale', (SELECT count(*) FROM stale),
          'fresh_again', (SELECT count(*) FROM resolved))::text",
};

/// Raises the alert of every shop that misses its objective, and resolves the others. Shops that cannot be synced are left
/// out, since they have a different alert.
///
/// # Errors
/// What the database reports.
pub async fn watch(db: &impl Db) -> Result<Watched, DbError> {
    one(db, &WATCH, &[]).await
}
