//! Figures by day and hour.

use serde::{Deserialize, Serialize};

/// The figures of a shop or of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// First day, in the shop's time zone, `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// In the order of time. What Shopee has no figures for is not there.
    pub items: Vec<Figure>,
}

/// The figures of a day or an hour. Amounts are in the shop's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figure {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// The hour, 0 to 23; null: the whole day.
    pub hour: Option<i32>,
    /// Impressions.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
    /// What it cost.
    pub expense: String,
    /// Orders of any product of the shop after a click.
    pub orders: i64,
    /// Their value.
    pub gmv: String,
    /// Pieces in them.
    pub items_sold: i64,
    /// Orders of the product that was clicked.
    pub direct_orders: i64,
    /// Their value.
    pub direct_gmv: String,
    /// Pieces in them.
    pub direct_items_sold: i64,
    /// When it was read, unix milliseconds.
    pub fetched_at_ms: Option<i64>,
}
