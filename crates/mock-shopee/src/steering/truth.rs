//! What a perfect client would have stored.

use super::{SteerError, ensure};
use crate::data::balance;
use crate::data::calendar::{Calendar, Day};
use crate::data::campaign::Campaign;
use crate::data::counters::{Counters, major, ratio};
use crate::data::traffic::{begun_day, begun_hours};
use crate::limits::TRUTH_DAYS_MAX;
use crate::state::Platform;
use crate::state::campaigns::Campaigns;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Campaigns per batch of rows.
const BATCH: usize = 100;

/// A question for the truth about a shop. Days are in the shop's time zone, and required where rows are by
/// day or hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The kind of rows.
    pub kind: TruthKind,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day, at most 399 after the first.
    pub to: Option<NaiveDate>,
}

/// Kinds of rows.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TruthKind {
    /// The listed campaigns with their settings.
    Campaigns,
    /// Campaigns by day.
    Daily,
    /// Campaigns by hour.
    Hourly,
    /// The whole shop by day.
    ShopDaily,
    /// The whole shop by hour.
    ShopHourly,
    /// One row with the balance.
    Balance,
}

/// Rows, computed in batches.
pub type Batches = Box<dyn Iterator<Item = Vec<Value>> + Send>;

impl Platform {
    /// The rows that a perfect client would have stored at this moment. Money is in major units; dates are
    /// YYYY-MM-DD.
    pub fn truth(&self, now_ms: i64, shop: u64, question: Question) -> Result<Vec<Value>, SteerError> {
        Ok(self.truth_batches(now_ms, shop, question)?.flatten().collect())
    }

    /// The same in batches.
    pub(crate) fn truth_batches(
        &self,
        now_ms: i64,
        shop_id: u64,
        question: Question,
    ) -> Result<Batches, SteerError> {
        let (campaigns, calendar) = {
            let world = self.world();
            let shop = world.shops.get(&shop_id).ok_or(SteerError::NoShop(shop_id))?;
            (Arc::clone(&shop.campaigns), world.calendar(shop.campaigns.key.region, now_ms))
        };
        let days = days(&question, &calendar)?;
        Ok(match question.kind {
            TruthKind::Balance => {
                let balance = major(balance::cents(&campaigns.key));
                Box::new([vec![json!({"shop_id": shop_id, "balance": balance})]].into_iter())
            }
            TruthKind::Campaigns => {
                by_campaign(campaigns, |campaigns, id| vec![campaign_row(&campaigns.read(id))])
            }
            TruthKind::Daily => by_campaign(campaigns, move |campaigns, id| {
                let row = |day: &Day| daily_row(day, Some(id), &begun_day(&campaigns.key, id, *day));
                days.iter().filter_map(row).collect()
            }),
            TruthKind::Hourly => by_campaign(campaigns, move |campaigns, id| {
                let hours = |day: &Day| {
                    let day = *day;
                    let rows = begun_hours(&campaigns.key, id, day).into_iter();
                    rows.map(move |(hour, sums)| hourly_row(&day, hour, Some(id), &sums))
                };
                days.iter().flat_map(hours).collect()
            }),
            TruthKind::ShopDaily => {
                Box::new(days.into_iter().map(move |day| vec![row(&day, None, &campaigns.shop_day(day))]))
            }
            TruthKind::ShopHourly => Box::new(days.into_iter().map(move |day| {
                let hours = campaigns.shop_hours(day).into_iter();
                hours.map(|(hour, sums)| hourly_row(&day, hour, None, &sums)).collect()
            })),
        })
    }
}

fn days(question: &Question, calendar: &Calendar) -> Result<Vec<Day>, SteerError> {
    if matches!(question.kind, TruthKind::Campaigns | TruthKind::Balance) {
        return Ok(Vec::new());
    }
    let (Some(from), Some(to)) = (question.from, question.to) else {
        return Err(SteerError::bad("from, to: needed for this kind, YYYY-MM-DD"));
    };
    let span = to.signed_duration_since(from).num_days();
    ensure((0..TRUTH_DAYS_MAX).contains(&span), "to: allowed are 0 to 399 days after from")?;
    Ok(calendar.days(from, to))
}

fn by_campaign(
    campaigns: Arc<Campaigns>,
    rows: impl Fn(&Campaigns, i64) -> Vec<Value> + Send + 'static,
) -> Batches {
    let batches = campaigns.listed().len().div_ceil(BATCH);
    Box::new((0..batches).map(move |batch| {
        let ids = campaigns.listed().iter().skip(batch * BATCH).take(BATCH);
        ids.flat_map(|id| rows(&campaigns, *id)).collect()
    }))
}

fn campaign_row(campaign: &Campaign) -> Value {
    json!({
        "campaign_id": campaign.id,
        "ad_type": campaign.ad_type,
        "name": campaign.name,
        "status": campaign.status,
        "campaign_placement": campaign.placement,
        "bidding_method": campaign.bidding_method,
        "campaign_budget": major(campaign.budget_cents),
        "start_time": campaign.start_time,
        "end_time": campaign.end_time,
        "item_count": campaign.item_ids.len(),
        "roas_target": campaign.roas_target,
    })
}

/// A campaign's day, unless nothing happened.
fn daily_row(day: &Day, campaign: Option<i64>, sums: &Counters) -> Option<Value> {
    (!sums.is_zero()).then(|| row(day, campaign, sums))
}

fn hourly_row(day: &Day, hour: u32, campaign: Option<i64>, sums: &Counters) -> Value {
    let mut row = row(day, campaign, sums);
    row["hour"] = hour.into();
    row
}

fn row(day: &Day, campaign: Option<i64>, sums: &Counters) -> Value {
    let mut row = json!({
        "performance_date": day.date,
        "ctr": ratio(sums.clicks, sums.impression),
        "roas": ratio(sums.broad_gmv, sums.expense),
        "acos": ratio(sums.expense, sums.broad_gmv) * 100.0,
    });
    for (name, value) in sums.stored() {
        row[name] = value;
    }
    if let Some(id) = campaign {
        row["campaign_id"] = id.into();
    }
    row
}
