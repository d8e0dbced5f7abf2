//! `apishopee_ads_campaign_data`.

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, one},
    fence::{Fence, Written},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A campaign's settings. Money in major units of the shop's currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignRow {
    /// The campaign.
    pub campaign_id: i64,
    /// `auto` or `manual`: how its products are chosen.
    pub ad_type: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// `ongoing`, `scheduled`, `ended`, `paused`, `deleted` or `closed`; other words are stored as they come.
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
    /// The platform's answer as it came.
    pub raw_data: Value,
}

/// What a write of campaigns did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignsWritten {
    /// The counts.
    pub rows: Written,
    /// Since when a campaign that is not ongoing is known in its status: id, unix milliseconds.
    pub status_since_ms: Vec<(i64, i64)>,
}

const WRITE: Statement =
    Statement { name: "write_campaigns.campaigns", sql: include_str!("sql/write_campaigns.sql") };

/// Writes a chunk's campaigns, and marks those that the platform no longer knows. A campaign that comes back
/// loses the mark. Of rows with the same id the last counts.
///
/// # Errors
/// What the database reports.
pub async fn campaigns(
    db: &impl Db,
    fence: &Fence,
    rows: &[CampaignRow],
    vanished: &[i64],
) -> Result<CampaignsWritten, DbError> {
    let (fence, rows, vanished) = (json_text(fence)?, json_text(&rows)?, json_text(&vanished)?);
    one(db, &WRITE, &[Param::Text(&fence), Param::Text(&rows), Param::Text(&vanished)]).await
}
