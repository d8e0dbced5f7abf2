//! What a look at a shop's budgets begins with.

use crate::{Db, DbError, Param, Statement, decode::first};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A shop's schedules and what is known of them, at one moment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Loaded {
    /// What the shop's wall clock shows; none where its market is not known.
    pub local: Option<NaiveDateTime>,
    /// The same moment, unix milliseconds.
    pub at_ms: i64,
    /// What the clock showed when everything that was due had been done last; none: that is not known.
    pub looked: Option<NaiveDateTime>,
    /// When the active schedules were changed last, by the shop's wall clock.
    pub changed: BTreeMap<String, NaiveDateTime>,
    /// The shop's market; empty if it is not known.
    pub region: String,
    /// Rows of `apishopee_scheduled_ads_budget` that are active: the fields of `ScheduleRow`.
    pub schedules: Vec<Value>,
    /// `deployment` and `shop`: the fields of `RailsOverride`.
    pub rules: Value,
    /// Shopee was asked within a day which budgets it allows.
    pub knows_limits: bool,
    /// What is known of campaigns.
    pub states: Vec<StateRow>,
    /// What was read or written last of the campaigns that can spend, by a sync or here.
    pub budgets: Vec<CampaignBudget>,
    /// The budget of campaigns before the first change of the shop's day.
    pub day_starts: Vec<CampaignBudget>,
}

/// A row of `apishopee_ads_budget_state`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateRow {
    /// The campaign.
    pub campaign_id: i64,
    /// `Known`.
    pub known: Value,
    /// `Write`, where the outcome of one is open.
    pub write: Option<Value>,
}

/// A campaign's budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignBudget {
    /// The campaign.
    pub campaign_id: i64,
    /// Decimal text in major units; none where it is not known.
    pub budget: Option<String>,
}

const LOAD: Statement = Statement { name: "budgets.load", sql: include_str!("../sql/budgets_load.sql") };

/// Loads a shop's budgets; none if the shop is unknown.
///
/// # Errors
/// What the database reports.
pub async fn load(db: &impl Db, shop_id: i64) -> Result<Option<Loaded>, DbError> {
    first(db, &LOAD, &[Param::I64(shop_id)]).await
}
