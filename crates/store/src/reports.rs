//! Reports: calls by day, spend that no campaign accounts for, and how long syncs take.

use crate::{Db, DbError, Param, Statement, decode::many};
use api::report::{CallsOfDay, SyncTime, UnlistedSpend};

const CALLS: Statement = Statement {
    name: "reports.calls",
    sql: "-- reports.calls
        -- $1 shop, $2 first day, $3 last day
        SELECT jsonb_build_object('quota_day', v.quota_day, 'shop_id', v.shop_id, 'kind', v.kind, 'runs', v.runs,
          'calls', v.calls)::text
        FROM (
          SELECT r.shop_id, (r.started_at AT TIME ZONE 'Asia/Singapore')::date AS quota_day, r.kind, count(*) AS runs,
            coalesce(sum((r.receipt ->> 'calls')::bigint), 0)::bigint AS calls
          FROM apishopee_ads_sync_runs r
          WHERE ($1 IS NULL OR r.shop_id = $1)
            AND ads_unix_ms(r.started_at) >= ads_unix_ms($2::date::timestamp AT TIME ZONE 'Asia/Singapore')
            AND ads_unix_ms(r.started_at) < ads_unix_ms(($3::date + 1)::timestamp AT TIME ZONE 'Asia/Singapore')
          GROUP BY 1, 2, 3
        ) v ORDER BY v.quota_day DESC, v.calls DESC, v.shop_id, v.kind LIMIT $4",
};

/// Calls of runs by day of Shopee's quota, shop and kind: the latest days first, and of a day the most calls. As
/// `v_ads_calls_daily`, of the runs of some days only.
///
/// # Errors
/// What the database reports.
pub async fn calls(
    db: &impl Db,
    shop_id: Option<i64>,
    (from, to): (&str, &str),
    limit: i32,
) -> Result<Vec<CallsOfDay>, DbError> {
    let values = [Param::OptI64(shop_id), Param::Text(from), Param::Text(to), Param::I64(limit.into())];
    many(db, &CALLS, &values).await
}

const UNLISTED: Statement = Statement {
    name: "reports.unlisted",
    sql: "-- reports.unlisted
        -- $1 shop, $2 first day, $3 last day
        SELECT jsonb_build_object('date', v.performance_date, 'shop_expense', v.shop_expense::text,
          'campaigns_expense', v.campaigns_expense::text, 'unlisted_expense', v.unlisted_expense::text,
          'unlisted_gmv', v.unlisted_broad_gmv::text, 'unlisted_orders', v.unlisted_broad_order,
          'unlisted_share', v.unlisted_share::text)::text
        FROM v_ads_unlisted_daily v
        WHERE v.shop_id = $1 AND v.performance_date BETWEEN $2::date AND $3::date
        ORDER BY v.performance_date DESC",
};

/// What a shop has spent beyond the sum of its campaigns, by day, the latest first.
///
/// # Errors
/// What the database reports.
pub async fn unlisted(
    db: &impl Db,
    shop_id: i64,
    (from, to): (&str, &str),
) -> Result<Vec<UnlistedSpend>, DbError> {
    many(db, &UNLISTED, &[Param::I64(shop_id), Param::Text(from), Param::Text(to)]).await
}

const SYNC_TIMES: Statement = Statement {
    name: "reports.sync_times",
    sql: "-- reports.sync_times
        SELECT jsonb_build_object('kind', v.kind, 'campaigns_from', v.campaigns_from, 'campaigns_to', v.campaigns_to,
          'runs', v.runs, 'average_seconds', v.average_seconds::float8, 'p95_seconds', v.p95_seconds::float8)::text
        FROM v_ads_sync_time_by_size v ORDER BY v.kind, v.campaigns_from",
};

/// How long syncs take, by kind and size.
///
/// # Errors
/// What the database reports.
pub async fn sync_times(db: &impl Db) -> Result<Vec<SyncTime>, DbError> {
    many(db, &SYNC_TIMES, &[]).await
}
