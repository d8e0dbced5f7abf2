//! The four performance tables and the balance. ctr (a fraction), roas and acos (percent) are derived in SQL from
//! the counters, 0 where the divisor is 0.

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, one},
    fence::{Fence, Written},
};
use chrono::NaiveDate;
use serde::Serialize;

/// What was counted in a day or an hour; none: nobody has told, and what was stored stays. Money in major units of the shop's currency; orders and items within
/// seven days of the click.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Times shown.
    pub impression: Option<i64>,
    /// Clicks.
    pub clicks: Option<i64>,
    /// Money spent.
    pub expense: f64,
    /// Orders of the advertised product.
    pub direct_order: Option<i64>,
    /// Their value.
    pub direct_gmv: Option<f64>,
    /// Orders of any product of the shop.
    pub broad_order: Option<i64>,
    /// Their value.
    pub broad_gmv: Option<f64>,
    /// Items in the direct orders.
    pub direct_item_sold: Option<i64>,
    /// Items in the broad orders.
    pub broad_item_sold: Option<i64>,
}

impl Default for Measures {
    /// Nothing was counted.
    fn default() -> Self {
        Self {
            impression: Some(0),
            clicks: Some(0),
            expense: 0.0,
            direct_order: Some(0),
            direct_gmv: Some(0.0),
            broad_order: Some(0),
            broad_gmv: Some(0.0),
            direct_item_sold: Some(0),
            broad_item_sold: Some(0),
        }
    }
}

/// A campaign's day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignDay {
    /// The campaign.
    pub campaign_id: i64,
    /// The day in the shop's calendar.
    pub performance_date: NaiveDate,
    /// The counters.
    #[serde(flatten)]
    pub measures: Measures,
}

/// A campaign's hour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignHour {
    /// The campaign.
    pub campaign_id: i64,
    /// The day in the shop's calendar.
    pub performance_date: NaiveDate,
    /// 0 to 23.
    pub hour: i32,
    /// The counters.
    #[serde(flatten)]
    pub measures: Measures,
}

/// A day of the whole shop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShopDay {
    /// The day in the shop's calendar.
    pub performance_date: NaiveDate,
    /// The counters.
    #[serde(flatten)]
    pub measures: Measures,
}

/// An hour of the whole shop.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShopHour {
    /// The day in the shop's calendar.
    pub performance_date: NaiveDate,
    /// 0 to 23.
    pub hour: i32,
    /// The counters.
    #[serde(flatten)]
    pub measures: Measures,
}

/// A shop's advertising credit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// Paid and free credit together.
    pub balance: f64,
    /// When Shopee counted it, unix seconds.
    pub data_timestamp: i64,
}

const CAMPAIGNS: Statement =
    Statement { name: "write_performance.performance", sql: include_str!("sql/write_performance.sql") };

/// Writes days and hours of a chunk's campaigns. Of rows with the same key the last counts. A row of zeros is written only
/// where there is a row already: platforms tell in several ways that a campaign had no traffic, and all mean the same.
///
/// # Errors
/// What the database reports.
pub async fn performance(
    db: &impl Db,
    fence: &Fence,
    daily: &[CampaignDay],
    hourly: &[CampaignHour],
) -> Result<Written, DbError> {
    let (fence, daily, hourly) = (json_text(fence)?, json_text(&daily)?, json_text(&hourly)?);
    one(db, &CAMPAIGNS, &[Param::Text(&fence), Param::Text(&daily), Param::Text(&hourly)]).await
}

const SHOP: Statement = Statement {
    name: "write_performance.shop_performance",
    sql: include_str!("sql/write_shop_performance.sql"),
};

/// Writes days, hours and the balance of the whole shop. Of rows with the same key the last counts.
///
/// # Errors
/// What the database reports.
pub async fn shop_performance(
    db: &impl Db,
    fence: &Fence,
    daily: &[ShopDay],
    hourly: &[ShopHour],
    balance: Option<&Balance>,
) -> Result<Written, DbError> {
    let fence = json_text(fence)?;
    let (daily, hourly, balance) = (json_text(&daily)?, json_text(&hourly)?, json_text(&balance)?);
    let values = [Param::Text(&fence), Param::Text(&daily), Param::Text(&hourly), Param::Text(&balance)];
    one(db, &SHOP, &values).await
}
