//! The input of a preview of budgets.

use super::ScheduleRow;
use crate::{Db, DbError, Param, Statement, decode::first};
use chrono::NaiveDateTime;
use serde::Deserialize;

/// Active schedules of some campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Preview {
    /// The shop's local time.
    pub local: NaiveDateTime,
    /// The shop's market; empty if it is not known.
    pub region: String,
    /// The campaigns, by id.
    pub campaigns: Vec<CampaignSchedules>,
}

/// Those of one campaign.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CampaignSchedules {
    /// The campaign.
    pub campaign_id: i64,
    /// Its name, if a sync has found it.
    pub campaign_name: Option<String>,
    /// Its active schedules.
    pub schedules: Vec<ScheduleRow>,
}

const PREVIEW: Statement = Statement {
    name: "schedules.preview",
    sql: "-- schedules.preview
        -- $1 shop, $2 campaign, $3 campaign to continue after, $4 maximum number of campaigns
        SELECT jsonb_build_object(
          'local', to_char(now() AT TIME ZONE ads_region_time_zone(s.region), 'YYYY-MM-DD\"T\"HH24:MI:SS'),
          'region', coalesce(upper(trim(s.region)), ''),
          'campaigns', coalesce((
            SELECT jsonb_agg(jsonb_build_object('campaign_id', p.campaign_id, 'schedules', p.schedules,
              'campaign_name', (SELECT c.name FROM apishopee_ads_campaign_data c
                WHERE c.shop_id = s.shop_id AND c.campaign_id = p.campaign_id)) ORDER BY p.campaign_id)
            FROM (
              SELECT b.campaign_id, jsonb_agg(ads_budget_schedule_json(b) ORDER BY b.hour_start, b.minute_start, b.id) AS schedules
              FROM apishopee_scheduled_ads_budget b
              WHERE b.shop_id = s.shop_id AND b.is_active AND ($2 IS NULL OR b.campaign_id = $2)
                AND b.campaign_id > coalesce($3, 0)
              GROUP BY b.campaign_id ORDER BY b.campaign_id LIMIT $4
            ) p), '[]'))::text
        FROM apishopee_shops s WHERE s.shop_id = $1",
};

/// The active schedules of up to `limit` campaigns after `after_campaign`; `None` if the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn preview(
    db: &impl Db,
    shop_id: i64,
    campaign_id: Option<i64>,
    after_campaign: Option<i64>,
    limit: i32,
) -> Result<Option<Preview>, DbError> {
    let values = [
        Param::I64(shop_id),
        Param::OptI64(campaign_id),
        Param::OptI64(after_campaign),
        Param::I64(limit.into()),
    ];
    first(db, &PREVIEW, &values).await
}
