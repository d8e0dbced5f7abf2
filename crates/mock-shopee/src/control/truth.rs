//! `/_mock/shops/{id}/truth`: what a perfect client would have stored.

use super::input::{self, Bad, ensure};
use crate::data::balance;
use crate::data::calendar::{Calendar, Day};
use crate::data::campaign::Campaign;
use crate::data::counters::{Counters, major, ratio};
use crate::data::traffic::{begun_day, begun_hours};
use crate::limits::TRUTH_DAYS_MAX;
use crate::state::campaigns::Campaigns;
use crate::state::{Platform, now_ms};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Uri, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;

/// Campaigns whose rows are made at a time.
const BATCH: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    kind: Kind,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Campaigns,
    Daily,
    Hourly,
    ShopDaily,
    ShopHourly,
    Balance,
}

/// A JSON array, made while it is sent. Money is in major units; dates are the shop's own, YYYY-MM-DD.
pub async fn get(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Bad> {
    let id = input::shop(&id)?;
    let question: Question = input::query(&uri)?;
    let (campaigns, calendar) = {
        let world = platform.world();
        let shop = world.shops.get(&id).ok_or_else(|| Bad::no_shop(id))?;
        (Arc::clone(&shop.campaigns), world.calendar(shop.campaigns.key.region, now_ms()))
    };
    let days = days(&question, &calendar)?;
    Ok(match question.kind {
        Kind::Balance => {
            let total_balance = major(balance::cents(&campaigns.key));
            array([vec![json!({"total_balance": total_balance})]].into_iter())
        }
        Kind::Campaigns => by_campaign(campaigns, |campaigns, id| vec![campaign_row(&campaigns.read(id))]),
        Kind::Daily => by_campaign(campaigns, move |campaigns, id| {
            let row = |day: &Day| daily_row(day, Some(id), &begun_day(&campaigns.key, id, *day));
            days.iter().filter_map(row).collect()
        }),
        Kind::Hourly => by_campaign(campaigns, move |campaigns, id| {
            let hours = |day: &Day| {
                let day = *day;
                let rows = begun_hours(&campaigns.key, id, day).into_iter();
                rows.map(move |(hour, sums)| hourly_row(&day, hour, Some(id), &sums))
            };
            days.iter().flat_map(hours).collect()
        }),
        Kind::ShopDaily => {
            array(days.into_iter().map(move |day| vec![row(&day, None, &campaigns.shop_day(day))]))
        }
        Kind::ShopHourly => array(days.into_iter().map(move |day| {
            let hours = campaigns.shop_hours(day).into_iter();
            hours.map(|(hour, sums)| hourly_row(&day, hour, None, &sums)).collect()
        })),
    })
}

fn days(question: &Question, calendar: &Calendar) -> Result<Vec<Day>, Bad> {
    if matches!(question.kind, Kind::Campaigns | Kind::Balance) {
        return Ok(Vec::new());
    }
    let (Some(from), Some(to)) = (question.from, question.to) else {
        return Err(Bad::new("from, to: needed for this kind, YYYY-MM-DD"));
    };
    let span = to.signed_duration_since(from).num_days();
    ensure((0..TRUTH_DAYS_MAX).contains(&span), "to: allowed are 0 to 399 days after from")?;
    Ok(calendar.days(from, to))
}

fn by_campaign(
    campaigns: Arc<Campaigns>,
    rows: impl Fn(&Campaigns, i64) -> Vec<Value> + Send + 'static,
) -> Response {
    let batches = campaigns.listed().len().div_ceil(BATCH);
    array((0..batches).map(move |batch| {
        let ids = campaigns.listed().iter().skip(batch * BATCH).take(BATCH);
        ids.flat_map(|id| rows(&campaigns, *id)).collect()
    }))
}

/// Writes batches of rows as one array.
fn array(batches: impl Iterator<Item = Vec<Value>> + Send + 'static) -> Response {
    let mut first = true;
    let parts = batches.map(move |rows| {
        let mut text = String::new();
        for row in rows {
            text.push_str(if first { "[" } else { ",\n" });
            text.push_str(&row.to_string());
            first = false;
        }
        (text, first)
    });
    // The opening bracket comes with the first row, so it must be made up for where there is none.
    let mut opened = false;
    let body = parts.map(Some).chain([None]).map(move |part| {
        let text = match part {
            Some((text, empty)) => {
                opened = !empty;
                text
            }
            None if opened => "]".to_owned(),
            None => "[]".to_owned(),
        };
        Ok::<_, Infallible>(Bytes::from(text))
    });
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(stream::iter(body))).into_response()
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
        "impression": sums.impression,
        "clicks": sums.clicks,
        "ctr": ratio(sums.clicks, sums.impression),
        "expense": major(sums.expense),
        "direct_order": sums.direct_order,
        "direct_gmv": major(sums.direct_gmv),
        "broad_order": sums.broad_order,
        "broad_gmv": major(sums.broad_gmv),
        "direct_item_sold": sums.direct_item_sold,
        "broad_item_sold": sums.broad_item_sold,
        "roas": ratio(sums.broad_gmv, sums.expense),
        "acos": ratio(sums.expense, sums.broad_gmv) * 100.0,
    });
    if let Some(id) = campaign {
        row["campaign_id"] = id.into();
    }
    row
}
