//! v2.ads.get_product_campaign_daily_performance and v2.ads.get_product_campaign_hourly_performance

use super::metrics::CampaignRow;
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account, dates};
use crate::data::ShopKey;
use crate::data::calendar::{Calendar, Day};
use crate::data::counters::Counters;
use crate::data::traffic::{begun_day, begun_hours};
use crate::state::Platform;
use crate::state::behaviour::{Behaviour, Container, NoTraffic};
use crate::state::campaigns::Campaigns;
use chrono::NaiveDate;
use serde::Serialize;
use std::sync::Arc;

/// A row for each day with traffic.
pub fn daily(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let asked = Asked::new(platform, request.now_ms, shop)?;
    let (from, to) = dates::window(request, asked.campaigns.key.region, asked.behaviour.strict_same_dates)?;
    let days = asked.calendar.days(from, to);
    let ids = request.campaign_ids()?;
    asked.answer(ids, |key, id, zeros| {
        let row = |day: &Day| (day.date, None, begun_day(key, id, *day));
        days.iter().map(row).filter(|(_, _, sums)| zeros || !sums.is_zero()).collect()
    })
}

/// A row for each hour with traffic.
pub fn hourly(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let asked = Asked::new(platform, request.now_ms, shop)?;
    let day = asked.calendar.day(dates::campaign_day(request, asked.campaigns.key.region)?);
    let ids = request.campaign_ids()?;
    asked.answer(ids, |key, id, zeros| {
        let found = begun_hours(key, id, day);
        let hours: Vec<_> =
            if zeros { day.hours().collect() } else { found.iter().map(|(hour, _)| *hour).collect() };
        let sums = |hour| {
            found.iter().find(|(each, _)| *each == hour).map_or(Counters::default(), |(_, sums)| *sums)
        };
        hours.into_iter().map(|hour| (day.date, Some(hour), sums(hour))).collect()
    })
}

/// A day or an hour of a campaign, and its counters.
type Slot = (NaiveDate, Option<u32>, Counters);

struct Asked {
    shop: u64,
    campaigns: Arc<Campaigns>,
    calendar: Calendar,
    behaviour: Behaviour,
}

impl Asked {
    fn new(platform: &Platform, now_ms: i64, shop: u64) -> Result<Self, Refusal> {
        let world = platform.world();
        let campaigns = account::campaigns(&world, shop)?;
        let calendar = world.calendar(campaigns.key.region, now_ms);
        Ok(Self { shop, campaigns, calendar, behaviour: world.behaviour.clone() })
    }

    /// `rows` returns a campaign's rows; its last argument requests rows of zeros too.
    fn answer(
        &self,
        ids: Vec<i64>,
        rows: impl Fn(&ShopKey, i64, bool) -> Vec<Slot>,
    ) -> Result<Answer, Refusal> {
        let ids = account::known(&self.campaigns, ids, self.behaviour.unknown_id)?;
        let zeros = self.behaviour.no_traffic == NoTraffic::ZeroRows;
        let mut list = Vec::with_capacity(ids.len());
        for id in ids {
            let part = Part::of(&self.behaviour, id);
            let slots = rows(&self.campaigns.key, id, zeros || part == Part::Zeros);
            if part == Part::Missing || (slots.is_empty() && self.behaviour.no_traffic == NoTraffic::Omit) {
                continue;
            }
            let shown = |sums| if part == Part::Zeros { Counters::default() } else { sums };
            let metrics =
                slots.into_iter().map(|(date, hour, sums)| CampaignRow::new(date, hour, &shown(sums)));
            let campaign = self.campaigns.read(id);
            list.push(Row {
                campaign_id: id,
                ad_type: campaign.ad_type,
                campaign_placement: campaign.placement,
                ad_name: campaign.name,
                metrics_list: metrics.collect(),
            });
        }
        let page = Page { shop_id: self.shop, region: self.campaigns.key.region.code, campaign_list: list };
        let warning = warning(&self.behaviour);
        match self.behaviour.performance_container {
            Container::Object => Answer::new(&page, warning),
            Container::Array => Answer::new(&[page], warning),
        }
    }
}

#[derive(Serialize)]
struct Page {
    shop_id: u64,
    region: &'static str,
    campaign_list: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    campaign_id: i64,
    ad_type: &'static str,
    campaign_placement: &'static str,
    ad_name: String,
    metrics_list: Vec<CampaignRow>,
}

/// What a partial answer contains of a campaign.
#[derive(PartialEq)]
enum Part {
    Whole,
    Zeros,
    Missing,
}

impl Part {
    fn of(behaviour: &Behaviour, id: i64) -> Self {
        match id % 3 {
            0 if behaviour.partial_warning => Self::Zeros,
            1 if behaviour.partial_warning => Self::Missing,
            _ => Self::Whole,
        }
    }
}

/// The platform's warning that some data are missing.
pub fn warning(behaviour: &Behaviour) -> &'static str {
    if behaviour.partial_warning { "partial" } else { "" }
}
