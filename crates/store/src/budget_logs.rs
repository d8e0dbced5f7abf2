//! `apishopee_ads_budget_logs`: the outcome of each attempt to set a budget.

use crate::{
    Db, DbError, Param, Statement,
    decode::{is_uuid, many},
};
use api::budget::run::BudgetLog;

/// Which attempts to return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this campaign.
    pub campaign_id: Option<i64>,
    /// Of this schedule.
    pub schedule_id: Option<String>,
    /// With this status.
    pub status: Option<String>,
    /// Not before this time, unix milliseconds.
    pub from_ms: Option<i64>,
    /// Before this time, unix milliseconds.
    pub to_ms: Option<i64>,
}

const LIST: Statement = Statement {
    name: "budget_logs.list",
    sql: "-- budget_logs.list
        -- $1 shop, $2 campaign, $3 schedule, $4 status, $5 from, $6 before, $7 maximum number of rows
        SELECT (to_jsonb(l) || jsonb_build_object('executed_at_ms', ads_unix_ms(l.executed_at),
          'old_budget', l.old_budget::text, 'new_budget', l.new_budget::text))::text
        FROM (
          SELECT * FROM apishopee_ads_budget_logs
          WHERE shop_id = $1 AND ($2 IS NULL OR campaign_id = $2) AND ($3 IS NULL OR schedule_id = $3::uuid)
            AND ($4 IS NULL OR status = $4) AND ads_unix_ms(executed_at) >= coalesce($5, -9223372036854775808)
            AND ads_unix_ms(executed_at) < coalesce($6, 9223372036854775807)
          ORDER BY ads_unix_ms(executed_at) DESC FETCH FIRST ($7) ROWS WITH TIES
        ) l ORDER BY l.executed_at DESC, l.id",
};

/// Attempts of a shop, newest first: about `limit` of them, before `before_ms` if given. More are returned if several share
/// the last one's millisecond, so that paging by it skips none.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    shop_id: i64,
    filter: &Filter,
    before_ms: Option<i64>,
    limit: i32,
) -> Result<Vec<BudgetLog>, DbError> {
    if filter.schedule_id.as_deref().is_some_and(|id| !is_uuid(id)) {
        return Ok(Vec::new());
    }
    let before = [filter.to_ms, before_ms].into_iter().flatten().min();
    let values = [
        Param::I64(shop_id),
        Param::OptI64(filter.campaign_id),
        Param::OptText(filter.schedule_id.as_deref()),
        Param::OptText(filter.status.as_deref()),
        Param::OptI64(filter.from_ms),
        Param::OptI64(before),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}
