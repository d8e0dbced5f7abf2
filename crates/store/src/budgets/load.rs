//! The input of a look at a shop's budgets.

use crate::{Db, DbError, Param, Statement, decode::first};
use chrono::NaiveDateTime;
use compact::SortedMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A shop's schedules and what is known about them, in one snapshot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Loaded {
    /// The shop's local time; `None` if its market is not known.
    pub local: Option<NaiveDateTime>,
    /// The same moment, unix milliseconds.
    pub at_ms: i64,
    /// The local time at which everything that was due had last been done; `None` if unknown.
    pub looked: Option<NaiveDateTime>,
    /// When the active schedules were last changed, in the shop's local time.
    pub changed: SortedMap<String, NaiveDateTime>,
    /// The shop's market; empty if it is not known.
    pub region: String,
    /// Active rows of `apishopee_scheduled_ads_budget`: the fields of `ScheduleRow`.
    pub schedules: Vec<Value>,
    /// `deployment` and `shop`: the fields of `RailsOverride`.
    pub rules: Value,
    /// The budgets that Shopee allows were requested within the last day.
    pub knows_limits: bool,
    /// The campaigns' memory.
    pub states: Vec<StateRow>,
    /// The budgets last read or written, by a sync or here, of the campaigns that can spend.
    pub budgets: Vec<CampaignBudget>,
    /// The campaigns' budgets before their first change of the shop's day.
    pub day_starts: Vec<CampaignBudget>,
}

/// A row of `apishopee_ads_budget_state`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateRow {
    /// The campaign.
    pub campaign_id: i64,
    /// `Known`.
    pub known: Value,
    /// `Write`, if the outcome of one is open.
    pub write: Option<Value>,
}

/// A campaign's budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignBudget {
    /// The campaign.
    pub campaign_id: i64,
    /// Decimal text in major units; `None` if unknown.
    pub budget: Option<String>,
}

const LOAD: Statement = Statement { name: "budgets.load", sql: include_str!("../sql/budgets_load.sql") };

/// Loads a shop's budgets; `None` if the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn load(db: &impl Db, shop_id: i64) -> Result<Option<Loaded>, DbError> {
    first(db, &LOAD, &[Param::I64(shop_id)]).await
}
