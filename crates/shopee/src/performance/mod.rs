//! Performance of campaigns and whole shops, by day and by hour. Days are in the shop's own time zone.

mod metrics;

use crate::answer::Answer;
use crate::campaigns::id_list;
use crate::client::{Call, Client, Clock};
use crate::date;
use crate::decode::{FieldError, Fields, MalformedRow, MalformedRows, UnknownField, UnknownFields, list};
use crate::endpoint::Endpoint;
use crate::error::{ApiError, not_called};
use crate::limits::PERFORMANCE_DAYS_MAX;
use crate::partner::ShopAccess;
use crate::transport::Transport;
use chrono::NaiveDate;
use compact::json::Raw;
use metrics::Layout;

pub use metrics::Metrics;

/// Measures of one campaign in one day or hour.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignMetrics {
    /// The campaign.
    pub campaign_id: i64,
    /// Its measures.
    pub metrics: Metrics,
}

/// Performance of the requested campaigns. A campaign without traffic may have rows of zeros, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignPerformance {
    /// The rows that could be read.
    pub rows: Vec<CampaignMetrics>,
    /// The rows that could not.
    pub malformed: Vec<MalformedRow>,
    /// Undocumented fields, which are not kept, and missing measures.
    pub unknown: Vec<UnknownField>,
    /// Shopee's warning that data are missing: then neither an absent row nor one of zeros means zero.
    pub warning: Option<String>,
}

/// Performance of a whole shop, with campaigns that the other endpoints do not list.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopPerformance {
    /// The rows that could be read.
    pub rows: Vec<Metrics>,
    /// The rows that could not.
    pub malformed: Vec<MalformedRow>,
    /// Undocumented fields, which are not kept, and missing measures.
    pub unknown: Vec<UnknownField>,
    /// Shopee's warning that data are missing: then neither an absent row nor one of zeros means zero.
    pub warning: Option<String>,
}

const CAMPAIGN_DAILY: Endpoint = Endpoint::CampaignDaily;
const CAMPAIGN_HOURLY: Endpoint = Endpoint::CampaignHourly;
const SHOP_DAILY: Endpoint = Endpoint::ShopDaily;
const SHOP_HOURLY: Endpoint = Endpoint::ShopHourly;

impl<T: Transport, C: Clock> Client<T, C> {
    /// By day, `from` and `to` included, at most [`PERFORMANCE_DAYS_MAX`] days, for 1 to 100 campaigns.
    pub async fn campaign_daily_performance(
        &self,
        shop: &ShopAccess,
        ids: &[i64],
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<CampaignPerformance, ApiError> {
        let mut query = days(CAMPAIGN_DAILY, from, to)?;
        query.push(("campaign_id_list", id_list(CAMPAIGN_DAILY, ids)?));
        let call = Call { carries_ids: true, ..Call::read(CAMPAIGN_DAILY, shop, query) };
        campaign_rows(&self.call(call).await?, Layout::CAMPAIGN_DAY, (from == to).then_some(to))
    }

    /// By hour of one day, for 1 to 100 campaigns.
    pub async fn campaign_hourly_performance(
        &self,
        shop: &ShopAccess,
        ids: &[i64],
        day: NaiveDate,
    ) -> Result<CampaignPerformance, ApiError> {
        let query = vec![
            ("performance_date", date::format(day)),
            ("campaign_id_list", id_list(CAMPAIGN_HOURLY, ids)?),
        ];
        let call = Call { carries_ids: true, ..Call::read(CAMPAIGN_HOURLY, shop, query) };
        campaign_rows(&self.call(call).await?, Layout::CAMPAIGN_HOUR, Some(day))
    }

    /// The shop by day, `from` and `to` included, at most [`PERFORMANCE_DAYS_MAX`] days.
    pub async fn shop_daily_performance(
        &self,
        shop: &ShopAccess,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<ShopPerformance, ApiError> {
        let call = Call::read(SHOP_DAILY, shop, days(SHOP_DAILY, from, to)?);
        shop_rows(&self.call(call).await?, Layout::SHOP_DAY, (from == to).then_some(to))
    }

    /// The shop by hour of one day.
    pub async fn shop_hourly_performance(
        &self,
        shop: &ShopAccess,
        day: NaiveDate,
    ) -> Result<ShopPerformance, ApiError> {
        let call = Call::read(SHOP_HOURLY, shop, vec![("performance_date", date::format(day))]);
        shop_rows(&self.call(call).await?, Layout::SHOP_HOUR, Some(day))
    }
}

fn days(endpoint: Endpoint, from: NaiveDate, to: NaiveDate) -> Result<Vec<(&'static str, String)>, ApiError> {
    let span = to.signed_duration_since(from).num_days().saturating_add(1);
    if !(1..=PERFORMANCE_DAYS_MAX).contains(&span) {
        let reason = format!("'{from}' to '{to}' are {span} days, allowed are 1 to {PERFORMANCE_DAYS_MAX}");
        return Err(not_called(endpoint, &reason));
    }
    Ok(vec![("start_date", date::format(from)), ("end_date", date::format(to))])
}

/// The content, `None` if there is no traffic to report. An answer without any part of Shopee's envelope does not mean
/// that.
fn content<'a>(answer: &Answer, fields: &Fields<'a>) -> Result<Option<Raw<'a>>, ApiError> {
    answer.must_have_envelope(fields)?;
    Ok(fields.get("response"))
}

/// The documentation has a list of objects, live answers an object: both are read.
/// `day` is the only requested day.
fn campaign_rows(
    answer: &Answer,
    layout: Layout,
    day: Option<NaiveDate>,
) -> Result<CampaignPerformance, ApiError> {
    let fields = answer.fields()?;
    let groups =
        content(answer, &fields)?.map_or_else(Vec::new, |raw| list(raw).unwrap_or_else(|| vec![raw]));
    let (mut malformed, mut unknown) = (answer.malformed_rows(), answer.unknown_fields());
    let mut rows = Vec::new();
    for group in groups {
        let campaigns = Fields::parse(group).and_then(|group| group.list("campaign_list"));
        for campaign in campaigns.map_err(|error| answer.bad_field(error.within("response")))? {
            campaign_metrics(campaign, (layout, day), &mut rows, (&mut malformed, &mut unknown));
        }
    }
    Ok(CampaignPerformance {
        rows,
        malformed: malformed.into_rows(),
        unknown: unknown.into_fields(),
        warning: answer.warning(&fields),
    })
}

fn campaign_metrics(
    campaign: Raw<'_>,
    (layout, day): (Layout, Option<NaiveDate>),
    rows: &mut Vec<CampaignMetrics>,
    (malformed, unknown): (&mut MalformedRows<'_>, &mut UnknownFields<'_>),
) {
    let mut campaign_id = None;
    let mut read = || -> Result<Vec<Raw<'_>>, FieldError> {
        let fields = Fields::parse(campaign)?;
        campaign_id = Some(fields.id("campaign_id")?);
        fields.list("metrics_list")
    };
    let metrics_list = read();
    match (campaign_id, metrics_list) {
        (Some(campaign_id), Ok(metrics_list)) => {
            for row in metrics_list {
                match layout.read(row, day, unknown) {
                    Ok(metrics) => rows.push(CampaignMetrics { campaign_id, metrics }),
                    Err(error) => malformed.add(Some(campaign_id), error.within("metrics_list"), row),
                }
            }
        }
        (campaign_id, Err(error)) => malformed.add(campaign_id, error, campaign),
        (None, Ok(_)) => malformed.add(None, FieldError::new("campaign_id", "is missing"), campaign),
    }
}

fn shop_rows(answer: &Answer, layout: Layout, day: Option<NaiveDate>) -> Result<ShopPerformance, ApiError> {
    let fields = answer.fields()?;
    let list = match content(answer, &fields)? {
        Some(raw) => list(raw).ok_or_else(|| answer.unreadable("'response' must be a list"))?,
        None => Vec::new(),
    };
    let (mut malformed, mut unknown) = (answer.malformed_rows(), answer.unknown_fields());
    let mut rows = Vec::with_capacity(list.len());
    for row in list {
        match layout.read(row, day, &mut unknown) {
            Ok(metrics) => rows.push(metrics),
            Err(error) => malformed.add(None, error, row),
        }
    }
    Ok(ShopPerformance {
        rows,
        malformed: malformed.into_rows(),
        unknown: unknown.into_fields(),
        warning: answer.warning(&fields),
    })
}
