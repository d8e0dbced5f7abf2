//! The four performance tables and the balance. ctr (a fraction), roas and acos (percent) are derived in SQL from
//! the counters, 0 where the divisor is 0.

mod counters;
mod row_text;
mod sql;

pub use counters::Measures;

use crate::{
    Db, DbError, Param, Statement,
    decode::{json_text, one},
    fence::{Fence, Written},
};
use chrono::NaiveDate;
use row_text::{Row, RowText};
use serde::Serialize;

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

impl Row for CampaignDay {
    fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error> {
        row.number(&self.campaign_id)?;
        row.date(self.performance_date);
        self.measures.fill(row)
    }
}

impl Row for CampaignHour {
    fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error> {
        row.number(&self.campaign_id)?;
        row.date(self.performance_date);
        row.number(&self.hour)?;
        self.measures.fill(row)
    }
}

impl Row for ShopDay {
    fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error> {
        row.date(self.performance_date);
        self.measures.fill(row)
    }
}

impl Row for ShopHour {
    fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error> {
        row.date(self.performance_date);
        row.number(&self.hour)?;
        self.measures.fill(row)
    }
}

/// A shop's advertising credit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// Paid and free credit together.
    pub balance: f64,
    /// When Shopee computed it, unix seconds.
    pub data_timestamp: i64,
}

const CAMPAIGNS: Statement = Statement { name: "write_performance.performance", sql: sql::CAMPAIGNS };

/// Writes days and hours of a chunk's campaigns. Of rows with the same key the last one counts. A row of zeros is written only
/// if there is a row already: Shopee reports a campaign without traffic in several forms, which mean the same.
///
/// # Errors
/// What the database reports.
pub async fn performance(
    db: &impl Db,
    fence: &Fence,
    daily: &[CampaignDay],
    hourly: &[CampaignHour],
) -> Result<Written, DbError> {
    let (fence, daily, hourly) = (json_text(fence)?, row_text::array(daily)?, row_text::array(hourly)?);
    one(db, &CAMPAIGNS, &[Param::Text(&fence), Param::Text(&daily), Param::Text(&hourly)]).await
}

const SHOP: Statement = Statement { name: "write_performance.shop_performance", sql: sql::SHOP };

/// Writes days, hours and the balance of the whole shop. Of rows with the same key the last one counts.
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
    let (daily, hourly) = (row_text::array(daily)?, row_text::array(hourly)?);
    let balance = json_text(&balance)?;
    let values = [Param::Text(&fence), Param::Text(&daily), Param::Text(&hourly), Param::Text(&balance)];
    one(db, &SHOP, &values).await
}
