//! The figures of a day, hour by hour.

use super::calendar::Day;
use super::counters::Counters;
use super::draw::Draw;
use super::life::Life;
use super::{ShopKey, Subject};

/// How busy each hour of a day is, in per cent of the busiest.
const BUSY: [i64; 24] =
    [20, 10, 6, 4, 3, 5, 12, 25, 40, 52, 60, 68, 80, 72, 62, 60, 64, 70, 82, 94, 100, 96, 70, 40];

/// The shop-wide campaign that the campaign endpoints do not show. No campaign has this id.
pub const UNLISTED: i64 = 0;

/// All 24 hours of a campaign's day; `None` if there was no traffic. The caller has to select those that have begun.
pub fn hours(key: &ShopKey, campaign_id: i64, day: Day) -> Option<[Counters; 24]> {
    if campaign_id != UNLISTED && !Life::of(key, campaign_id).covers(key, day.date) {
        return None;
    }
    let number = i64::from(chrono::Datelike::num_days_from_ce(&day.date));
    let mut draw = key.draw(Subject::Hours, campaign_id, number);
    if draw.chance(15) {
        return None;
    }
    let size = size(key, campaign_id);
    let mut hours = [Counters::default(); 24];
    for (hour, busy) in hours.iter_mut().zip(BUSY) {
        *hour = one_hour(&mut draw, size * busy / 100, key.region.money_unit);
    }
    if day.restated > 0 {
        let mut late = key.draw(Subject::Restated, campaign_id, number);
        restate(&mut late, &mut hours, i64::from(day.restated), key.region.money_unit);
    }
    Some(hours)
}

/// The hours of a day that have begun, with their counters; those without traffic are omitted.
pub fn begun_hours(key: &ShopKey, campaign_id: i64, day: Day) -> Vec<(u32, Counters)> {
    let Some(hours) = hours(key, campaign_id, day) else { return Vec::new() };
    day.hours().map(|hour| (hour, hours[hour as usize])).filter(|(_, counters)| !counters.is_zero()).collect()
}

/// The sum of the hours that have begun.
pub fn begun_day(key: &ShopKey, campaign_id: i64, day: Day) -> Counters {
    match hours(key, campaign_id, day) {
        Some(hours) => Counters::sum(day.hours().map(|hour| &hours[hour as usize])),
        None => Counters::default(),
    }
}

/// Impressions in the busiest hour: most campaigns are small, few are large.
fn size(key: &ShopKey, campaign_id: i64) -> i64 {
    let mut draw = key.draw(Subject::Size, campaign_id, 0);
    match draw.below(100) {
        0..60 => draw.between(5, 80),
        60..90 => draw.between(80, 600),
        _ => draw.between(600, 5_000),
    }
}

fn one_hour(draw: &mut Draw, most: i64, money_unit: i64) -> Counters {
    let mut hour = Counters::default();
    if draw.chance(80) {
        hour.impression = draw.below(most + 1);
        hour.clicks = draw.below(hour.impression / 12 + 1);
        hour.expense = hour.clicks * draw.between(8, 90) * money_unit;
        hour.broad_order = draw.below(hour.clicks / 4 + 1);
    } else if draw.chance(5) {
        // An order may follow hours after its click, when the ad is no longer shown.
        hour.broad_order = 1;
    }
    hour.direct_order = draw.below(hour.broad_order + 1);
    hour.direct_item_sold = hour.direct_order + draw.below(hour.direct_order + 1);
    let others = hour.broad_order - hour.direct_order;
    let other_items = others + draw.below(others + 1);
    hour.broad_item_sold = hour.direct_item_sold + other_items;
    hour.direct_gmv = hour.direct_item_sold * draw.between(500, 9_000) * money_unit;
    hour.broad_gmv = hour.direct_gmv + other_items * draw.between(500, 9_000) * money_unit;
    hour
}

/// Late orders: each restatement adds the same few to hours with clicks.
fn restate(draw: &mut Draw, hours: &mut [Counters; 24], times: i64, money_unit: i64) {
    for hour in hours.iter_mut().filter(|hour| hour.clicks > 0) {
        let orders = draw.below(3) * times;
        hour.broad_order += orders;
        hour.broad_item_sold += orders;
        hour.broad_gmv += orders * draw.between(500, 9_000) * money_unit;
    }
}
