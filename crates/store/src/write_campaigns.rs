//! `apishopee_ads_campaign_data`.

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, one},
    fence::{Fence, Written},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A campaign's settings. Money in major units of the shop's currency.
#[derive(Clone, Debug, Serialize)]
pub struct CampaignRow {
    /// The campaign.
    pub campaign_id: i64,
    /// `auto` or `manual`: how its products are chosen.
    pub ad_type: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `ongoing`, `scheduled`, `ended`, `paused`, `deleted` or `closed`; other values are stored as received.
    pub status: Option<String>,
    /// `search`, `discovery` or `all`.
    pub campaign_placement: Option<String>,
    /// `auto` or `manual`.
    pub bidding_method: Option<String>,
    /// A day's budget; 0 = unlimited.
    pub campaign_budget: Option<f64>,
    /// Unix seconds.
    pub start_time: Option<i64>,
    /// Unix seconds; 0 = no end.
    pub end_time: Option<i64>,
    /// Products in the campaign.
    pub item_count: Option<i32>,
    /// The target of automatic bidding; 0 = none set, absent for manual bidding.
    pub roas_target: Option<f64>,
    /// The platform's answer as received.
    pub raw_data: Box<RawValue>,
}

/// What a complete listing says about a part of a shop's campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The first id of the part.
    pub first: i64,
    /// The last id of the part.
    pub last: i64,
    /// The listed campaigns. Other stored ones of this part have vanished.
    pub ids: Vec<i64>,
}

/// The outcome of a write of campaigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignsWritten {
    /// The counts.
    pub rows: Written,
    /// Since when campaigns that are not ongoing have had their status: id, unix milliseconds.
    pub status_since_ms: Vec<(i64, i64)>,
}

const EMPTIED: Statement = Statement {
    name: "write_campaigns.emptied",
    sql: "-- write_campaigns.emptied
        WITH fence AS MATERIALIZED (
          SELECT s.shop_id, s.listed_empty AS before, s.listed_empty < $2 AS is_believed
          FROM apishopee_ads_sync_progress p JOIN apishopee_ads_sync_status s ON s.shop_id = p.shop_id
          WHERE p.shop_id = $1 AND p.generation = $2 AND p.sync_stage IN ('syncing_campaigns', 'syncing_performance')
          FOR SHARE OF p
        ), noted AS (
          UPDATE apishopee_ads_sync_status s SET listed_empty = $2
          FROM fence f WHERE s.shop_id = f.shop_id AND f.before IS NULL
        ), gone AS (
          UPDATE apishopee_ads_campaign_data c
          SET vanished_at = now(), generation = $2,
            status_since = CASE WHEN c.status IS DISTINCT FROM 'deleted' THEN now() ELSE c.status_since END,
            status = 'deleted'
          FROM fence f
          WHERE f.is_believed AND c.shop_id = f.shop_id AND c.vanished_at IS NULL AND c.generation <= $2
        )
        SELECT to_jsonb(count(c.*))::text FROM fence f
        JOIN apishopee_ads_campaign_data c ON c.shop_id = f.shop_id AND c.vanished_at IS NULL
        WHERE f.is_believed IS NOT TRUE",
};

/// A run has found the shop's list of campaigns empty. The first time nothing is changed; if a later run finds it empty again,
/// with no list of campaigns in between, all are marked as deleted. Returns how many are kept for now.
///
/// # Errors
/// What the database reports.
pub async fn emptied(db: &impl Db, shop_id: i64, generation: i64) -> Result<u64, DbError> {
    one(db, &EMPTIED, &[Param::I64(shop_id), Param::I64(generation)]).await
}

const WRITE: Statement = Statement {
    name: "write_campaigns.campaigns",
    sql: concat!(
        "-- write_campaigns.campaigns
-- $1 fence, $2 campaigns, $3 ids that have vanished, $4 the listing's part, or null.
WITH ",
        include_str!("sql/fence.sql"),
        ", ",
        include_str!("sql/write_campaigns.sql"),
        ", ",
        include_str!("sql/finish_chunk.sql"),
        "SELECT jsonb_build_object(
  'rows', jsonb_build_object(
    'fenced', EXISTS (SELECT FROM fence),
    'written', (SELECT count(*) FROM written),
    'unchanged', CASE WHEN EXISTS (SELECT FROM fence)
      THEN (SELECT count(*) FROM input) - (SELECT count(*) FROM written) ELSE 0 END),
  'status_since_ms', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.campaign_id, ads_unix_ms(s.at))
    ORDER BY s.campaign_id), '[]') FROM since s WHERE s.at IS NOT NULL))::text"
    ),
};

/// Writes a chunk's campaigns, and marks those that the platform no longer knows, or no longer lists, as deleted. A campaign
/// that reappears loses the mark. Of rows with the same id the last one counts.
///
/// # Errors
/// What the database reports.
pub async fn campaigns(
    db: &impl Db,
    fence: &Fence,
    rows: &[CampaignRow],
    vanished: &[i64],
    listed: Option<&Listed>,
) -> Result<CampaignsWritten, DbError> {
    let (fence, rows) = (json_text(fence)?, json_text(&rows)?);
    let (vanished, listed) = (json_text(&vanished)?, json_text(&listed)?);
    let values = [Param::Text(&fence), Param::Text(&rows), Param::Text(&vanished), Param::Text(&listed)];
    one(db, &WRITE, &values).await
}
