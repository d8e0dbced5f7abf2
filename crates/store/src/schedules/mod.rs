//! `apishopee_scheduled_ads_budget` as people see and change it: over HTTP, each change with its row in the audit log.

mod change;
mod preview;

pub use change::{Admission, Campaign, Put, admission, deactivate, delete, put};
pub use preview::{CampaignSchedules, Preview, preview};
pub use sync_core::budget::ScheduleRow;

use crate::{
    Db, DbError, Param, Statement,
    decode::{first, is_uuid, many},
};

const LIST: Statement = Statement {
    name: "schedules.list",
    sql: "-- schedules.list
        -- $1 shop, $2 campaign, $3 'true', 'false' or NULL, $4 campaign to continue after, $5 maximum number of rows
        SELECT ads_budget_schedule_json(b)::text
        FROM (
          SELECT * FROM apishopee_scheduled_ads_budget
          WHERE shop_id = $1 AND ($2 IS NULL OR campaign_id = $2)
            AND ($3 IS NULL OR coalesce(is_active, false) = $3::boolean) AND campaign_id > coalesce($4, 0)
          ORDER BY campaign_id FETCH FIRST ($5) ROWS WITH TIES
        ) b ORDER BY b.campaign_id, b.hour_start, b.minute_start, b.id",
};

/// Schedules of a shop, or of one of its campaigns, in order of campaign and start: about `limit` of them, of campaigns
/// after `after_campaign`. A campaign's schedules are never split, so more may come.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    shop_id: i64,
    campaign_id: Option<i64>,
    is_active: Option<bool>,
    after_campaign: Option<i64>,
    limit: i32,
) -> Result<Vec<ScheduleRow>, DbError> {
    let values = [
        Param::I64(shop_id),
        Param::OptI64(campaign_id),
        Param::OptText(is_active.map(|active| if active { "true" } else { "false" })),
        Param::OptI64(after_campaign),
        Param::I64(limit.into()),
    ];
    many(db, &LIST, &values).await
}

const GET: Statement = Statement {
    name: "schedules.get",
    sql: "-- schedules.get
        SELECT ads_budget_schedule_json(b)::text FROM apishopee_scheduled_ads_budget b WHERE b.id = $1::uuid",
};

/// One schedule; `None` if `id` is unknown or not a UUID.
///
/// # Errors
/// What the database reports.
pub async fn get(db: &impl Db, id: &str) -> Result<Option<ScheduleRow>, DbError> {
    if !is_uuid(id) {
        return Ok(None);
    }
    first(db, &GET, &[Param::Text(id)]).await
}
