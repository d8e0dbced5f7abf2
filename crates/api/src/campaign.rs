//! Campaigns.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field of one campaign's settings that has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Increases with time.
    pub id: i64,
    /// The campaign.
    pub campaign_id: i64,
    /// The column of `apishopee_ads_campaign_data`; `vanished_at` when it left the platform or came back.
    pub field: String,
    /// The old value, or null.
    pub old_value: Value,
    /// The new value, or null.
    pub new_value: Value,
    /// When it was written, unix milliseconds.
    pub at_ms: i64,
    /// The run that wrote it.
    pub generation: i64,
}

/// A page of a shop's campaigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Campaigns {
    /// First day of the figures, in the shop's time zone, `YYYY-MM-DD`.
    pub from: String,
    /// Their last day.
    pub to: String,
    /// In the order that was asked for.
    pub items: Vec<Campaign>,
    /// The `cursor` of the page after this one; null if there is none.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A campaign, with its figures over the days that were asked for. Amounts are in the shop's currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Campaign {
    /// The campaign.
    pub campaign_id: i64,
    /// Its name.
    pub name: Option<String>,
    /// `auto` or `manual`.
    pub ad_type: Option<String>,
    /// Shopee's word, for example `ongoing`.
    pub status: Option<String>,
    /// Where it is shown.
    pub placement: Option<String>,
    /// How it bids.
    pub bidding_method: Option<String>,
    /// Its budget; `0.00`: no limit.
    pub budget: Option<String>,
    /// The return that it aims at.
    pub roas_target: Option<String>,
    /// Products in it.
    pub item_count: Option<i32>,
    /// When its settings were read, unix milliseconds.
    pub fetched_at_ms: Option<i64>,
    /// Since when Shopee does not know it any more, unix milliseconds.
    pub vanished_at_ms: Option<i64>,
    /// What it cost.
    pub expense: String,
    /// What was sold by it.
    pub gmv: String,
    /// Orders by it.
    pub orders: i64,
    /// Clicks.
    pub clicks: i64,
    /// Impressions.
    pub impressions: i64,
    /// `gmv` ÷ `expense`; null if it cost nothing.
    pub roas: Option<String>,
    /// Where it stands in the order; a part of the cursor.
    pub sort_key: String,
}
