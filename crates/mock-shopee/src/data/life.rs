//! When a campaign exists, and on which days it can have traffic.

use super::{ShopKey, Subject};
use chrono::{NaiveDate, NaiveTime};
use chrono::{TimeZone, offset::LocalResult};

const DAY_S: i64 = 86_400;
/// 1 January 2024, 00:00 UTC: no campaign starts earlier.
const FIRST_START: i64 = 1_704_067_200;
/// 1 January 2040, 00:00 UTC: the start of scheduled campaigns.
const FAR_FUTURE: i64 = 2_208_988_800;

/// Status and times of a campaign, as created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// ongoing, paused, ended, scheduled, deleted or closed (Shopee: v2.ads.get_product_level_campaign_setting_info).
    pub status: &'static str,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds; 0 = no end.
    pub end_time: i64,
    /// The last unix second with traffic, for campaigns that were stopped long ago.
    last_traffic: i64,
}

impl Life {
    /// The life of one campaign of a shop.
    pub fn of(key: &ShopKey, campaign_id: i64) -> Self {
        let mut draw = key.draw(Subject::Life, campaign_id, 0);
        let start_time = FIRST_START + draw.below(500 * DAY_S);
        let stopped = start_time + draw.between(10, 200) * DAY_S;
        let forever = i64::MAX;
        let (status, start_time, end_time, last_traffic) = match draw.below(100) {
            0..45 if draw.chance(20) => ("ongoing", start_time, FAR_FUTURE, forever),
            0..45 => ("ongoing", start_time, 0, forever),
            // Some were paused just now: their last days still have traffic.
            45..57 => ("paused", start_time, 0, forever),
            57..70 => ("paused", start_time, 0, stopped),
            70..89 => ("ended", start_time, stopped, stopped),
            89..93 => ("scheduled", FAR_FUTURE, 0, forever),
            93..97 => ("deleted", start_time, 0, stopped),
            _ => ("closed", start_time, stopped, stopped),
        };
        Self { status, start_time, end_time, last_traffic }
    }

    /// Whether the campaign can have traffic on this day of the shop.
    pub fn covers(&self, key: &ShopKey, date: NaiveDate) -> bool {
        let noon = date.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
        match key.region.zone.from_local_datetime(&noon) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                (self.start_time..=self.last_traffic).contains(&moment.timestamp())
            }
            LocalResult::None => false,
        }
    }
}
