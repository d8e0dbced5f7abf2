//! Which shops are due, and the lease of a shop's budgets: `apishopee_ads_budget_leases`.

use crate::{
    Db, DbError, Param, Statement,
    decode::{clean, json_text, many, one},
};
use serde::{Deserialize, Serialize};

/// A shop whose budgets are due for a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The shop.
    pub shop_id: i64,
    /// Seconds from now to the beginnings and ends of its slots before the next tick, ascending.
    pub after_seconds: Vec<u32>,
}

const DUE: Statement = Statement { name: "budgets.due", sql: include_str!("../sql/budgets_due.sql") };

/// The shops that have active schedules or unfinished work, by id. `horizon_seconds`: how far ahead to look for slot times,
/// less than a day. `shops`: only these; `None`: all.
///
/// # Errors
/// What the database reports.
pub async fn due(db: &impl Db, horizon_seconds: i32, shops: Option<&[i64]>) -> Result<Vec<Due>, DbError> {
    let shops = shops.map(|shops| json_text(&shops)).transpose()?;
    many(db, &DUE, &[Param::I32(horizon_seconds), Param::OptText(shops.as_deref())]).await
}

const CLAIM: Statement = Statement {
    name: "budgets.claim",
    sql: "-- budgets.claim
        -- $1 shop, $2 holder, $3 seconds. The same holder again means that its message was delivered twice.
        WITH claimed AS (
          INSERT INTO apishopee_ads_budget_leases AS l (shop_id, holder, fence, lease_until)
          VALUES ($1, $2, 1, now() + make_interval(secs => $3))
          ON CONFLICT (shop_id) DO UPDATE SET
            (holder, fence, lease_until, asked) = (SELECT
              CASE WHEN free THEN $2 ELSE l.holder END,
              CASE WHEN free THEN l.fence + 1 ELSE l.fence END,
              CASE WHEN free THEN now() + make_interval(secs => $3) ELSE l.lease_until END,
              l.asked OR NOT free
              FROM (SELECT l.holder IS NULL OR l.holder = $2 OR l.lease_until <= now() AS free) AS f)
          RETURNING coalesce(to_jsonb(CASE WHEN holder = $2 THEN fence END), 'null')::text AS fence
        )
        SELECT fence FROM claimed",
};

/// Acquires the lease of a shop's budgets. Returns the fence for everything that is stored; `None` if another holder has the
/// lease, whose [`release`] then reports this attempt.
///
/// # Errors
/// What the database reports.
pub async fn claim(
    db: &impl Db,
    shop_id: i64,
    holder: &str,
    lease_seconds: i32,
) -> Result<Option<i64>, DbError> {
    let holder = clean(holder);
    let values = [Param::I64(shop_id), Param::Text(&holder), Param::F64(f64::from(lease_seconds))];
    one(db, &CLAIM, &values).await
}

const RELEASE: Statement = Statement {
    name: "budgets.release",
    sql: "-- budgets.release
        WITH old AS (
          SELECT asked FROM apishopee_ads_budget_leases WHERE shop_id = $1 AND fence = $2 FOR UPDATE
        ), new AS (
          UPDATE apishopee_ads_budget_leases l SET asked = false,
            holder = NULL, lease_until = NULL
          FROM old WHERE l.shop_id = $1
        )
        SELECT to_jsonb(coalesce((SELECT asked FROM old), false))::text",
};

/// Releases the lease. True: somebody tried to acquire it meanwhile, so the shop must be looked at once more. False also if
/// the lease is no longer held under this fence.
///
/// # Errors
/// What the database reports.
pub async fn release(db: &impl Db, shop_id: i64, fence: i64) -> Result<bool, DbError> {
    one(db, &RELEASE, &[Param::I64(shop_id), Param::I64(fence)]).await
}
