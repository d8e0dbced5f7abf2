//! v2.ads.get_all_cpc_ads_daily_performance and v2.ads.get_all_cpc_ads_hourly_performance

use super::campaign_performance::warning;
use super::metrics::ShopRow;
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account, dates};
use crate::data::calendar::Day;
use crate::data::counters::Counters;
use crate::state::Platform;
use crate::state::behaviour::Behaviour;

/// A row for every day that has begun, with or without traffic.
pub fn daily(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let (campaigns, calendar, behaviour) = {
        let world = platform.world();
        let campaigns = account::campaigns(&world, shop)?;
        let calendar = world.calendar(campaigns.key.region, request.now_ms);
        (campaigns, calendar, world.behaviour.clone())
    };
    let (from, to) = dates::window(request, campaigns.key.region, behaviour.strict_same_dates)?;
    let days = calendar.days(from, to).into_iter();
    let row = |(place, day): (usize, Day)| {
        ShopRow::new(day.date, None, &shown(&behaviour, place, campaigns.shop_day(day)))
    };
    let rows: Vec<_> = days.enumerate().map(row).collect();
    Answer::new(&rows, warning(&behaviour))
}

/// A row for every hour that has begun.
pub fn hourly(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let (campaigns, calendar, behaviour) = {
        let world = platform.world();
        let campaigns = account::campaigns(&world, shop)?;
        let calendar = world.calendar(campaigns.key.region, request.now_ms);
        (campaigns, calendar, world.behaviour.clone())
    };
    let day = calendar.day(dates::shop_day(request, campaigns.key.region)?);
    let hours = campaigns.shop_hours(day).into_iter();
    let row = |(place, (hour, sums))| ShopRow::new(day.date, Some(hour), &shown(&behaviour, place, sums));
    let rows: Vec<_> = hours.enumerate().map(row).collect();
    Answer::new(&rows, warning(&behaviour))
}

/// In a partial answer every second row is zeros.
fn shown(behaviour: &Behaviour, place: usize, sums: Counters) -> Counters {
    if behaviour.partial_warning && place.is_multiple_of(2) { Counters::default() } else { sums }
}
