//! How the platform behaves where it is known to differ between shops, days and reports.

use crate::limits::{DELAY_MS_MAX, LOCK_REFUSALS_MAX};
use serde::{Deserialize, Serialize};

/// The latest moment that the clock or the figures may be said to have reached: 1 January 2100.
const MOMENT_MS_MAX: i64 = 4_102_444_800_000;

/// Every switch. [`Behaviour::default`] is how a server starts, but for its latency; the control API shows it and
/// changes any part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Delay of every answer.
    pub latency_ms: Latency,
    /// How many calls are let through.
    pub rate: RateLimits,
    /// How a call is refused that the shop's limit stops.
    pub shop_refusal: ShopRefusal,
    /// How a call is refused that the app's limit stops, or the lock.
    pub app_refusal: AppRefusal,
    /// When calls that the app's limit stops shut the app out altogether.
    pub lock: Lock,
    /// `Retry-After` of answers with status 429, in seconds.
    pub retry_after_s: Option<u32>,
    /// Where the clock of a server stands still (unix milliseconds); the real clock if null.
    pub clock_ms: Option<i64>,
    /// Figures reach up to this moment (unix milliseconds); the clock if null.
    pub data_as_of_ms: Option<i64>,
    /// How often the last days were restated: each time adds late orders. 0 to 1,000.
    pub restatement: u32,
    /// How many days are restated, today included: 0 to 60. Orders are attributed for seven days after a click.
    pub restatement_days: u32,
    /// Lifetime of the access tokens that are issued, in seconds.
    pub access_token_life_s: i64,
    /// Whether an access token stays good when its shop gets a new pair.
    pub old_access_token_survives_refresh: bool,
    /// Longest page of the id list; also its length where none is asked for.
    pub page_limit_max: u64,
    /// Each page of the id list starts with the last row of the page before.
    pub id_list_duplicates: bool,
    /// What happens to the list whenever a later page of it is asked for.
    pub id_list_shift: Shift,
    /// Pages past the end say that there is one more.
    pub id_list_endless: bool,
    /// How an empty page writes its list.
    pub empty_campaign_list: EmptyList,
    /// Whether `page_no`, which the platform does not know, is ignored; else it is refused.
    pub ignore_page_no: bool,
    /// What a campaign of another shop, or a deleted one, does to a call.
    pub unknown_id: UnknownId,
    /// How the answers of the campaign performance endpoints are wrapped.
    pub performance_container: Container,
    /// How a campaign without traffic appears in them.
    pub no_traffic: NoTraffic,
    /// Refuse a window of one day.
    pub strict_same_dates: bool,
    /// Performance answers carry the warning that data are missing: a third of the campaigns is left out, another
    /// third has zeros, as has every second row of the shop.
    pub partial_warning: bool,
    /// How the answers of the edit endpoints are wrapped.
    pub edit_container: Container,
    /// How long the settings of a campaign show an edit's old values, in milliseconds: 0 to 600,000.
    pub read_after_write_lag_ms: u64,
}

/// Delay of an answer: evenly spread over mean ± jitter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Milliseconds.
    pub mean: u32,
    /// Milliseconds; at most the mean.
    pub jitter: u32,
}

/// Calls that are let through; null = any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Calls a second of one shop.
    pub per_shop: Option<f64>,
    /// Calls a second of the app.
    pub per_app: Option<f64>,
    /// Calls of the app a day, which ends at 00:00 UTC+8.
    pub per_day: Option<u64>,
    /// Calls that may come at once; one second's worth if null.
    pub burst: Option<u32>,
}

impl RateLimits {
    /// How many calls a full bucket holds: at least one.
    pub fn size(&self, rate: f64) -> f64 {
        self.burst.map_or(rate, f64::from).max(1.0)
    }
}

/// How the platform was seen to refuse calls that come too fast for a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopRefusal {
    /// Status 429, no body.
    #[serde(rename = "empty_429")]
    Empty429,
    /// Status 429, `ads_rate_limit_shop_api`.
    #[serde(rename = "shop_429")]
    Shop429,
    /// Status 200, `ads.rate_limit.exceed_shop_api`.
    #[serde(rename = "shop_200")]
    Shop200,
}

/// How the platform was seen to refuse calls that come too fast for the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppRefusal {
    /// Status 403, `ads_rate_limit_total_api`.
    #[serde(rename = "total_403")]
    Total403,
    /// Status 200, `ads.rate_limit.exceed_partner_api`.
    #[serde(rename = "partner_200")]
    Partner200,
    /// Status 429, no body: as a shop's limit may answer too.
    #[serde(rename = "empty_429")]
    Empty429,
}

/// Operators report that the platform locks an app that keeps overrunning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// So many calls stopped by the app's limit within 60 s lock the app; null = never.
    pub after_refusals: Option<u32>,
    /// How long every call is refused then, in seconds. Each call that is refused starts this time again.
    pub seconds: u32,
}

/// How the id list moves between two pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It does not.
    Off,
    /// Its first campaign is deleted, so that a row slips to an earlier page unseen.
    Drop,
    /// A new campaign comes in front, so that a row is seen twice.
    Insert,
}

/// An empty `campaign_list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyList {
    /// `[]`
    Array,
    /// No such field.
    Missing,
    /// `null`
    Null,
}

/// An id that the shop does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownId {
    /// The whole call is refused with `ads.shop.campaign_not_match`.
    Refuse,
    /// The id is left out of the answer.
    Omit,
}

/// The `response` of campaign performance, and of edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// One object, as the live platform answers for performance.
    Object,
    /// A list with that object, as documented for both.
    Array,
}

/// A campaign without traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoTraffic {
    /// Listed, with an empty `metrics_list`.
    EmptyList,
    /// Not listed.
    Omit,
    /// Every day or hour has a row, of zeros where nothing happened.
    ZeroRows,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency_ms: Latency::default(),
            rate: RateLimits::default(),
            shop_refusal: ShopRefusal::Shop429,
            app_refusal: AppRefusal::Total403,
            lock: Lock { after_refusals: None, seconds: 300 },
            retry_after_s: None,
            clock_ms: None,
            data_as_of_ms: None,
            restatement: 0,
            restatement_days: 7,
            access_token_life_s: 14_400,
            old_access_token_survives_refresh: true,
            page_limit_max: 5_000,
            id_list_duplicates: false,
            id_list_shift: Shift::Off,
            id_list_endless: false,
            empty_campaign_list: EmptyList::Array,
            ignore_page_no: true,
            unknown_id: UnknownId::Refuse,
            performance_container: Container::Object,
            no_traffic: NoTraffic::EmptyList,
            strict_same_dates: false,
            partial_warning: false,
            edit_container: Container::Array,
            read_after_write_lag_ms: 0,
        }
    }
}

impl Behaviour {
    /// Checks the ranges; the error names the field and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let positive = |rate: Option<f64>| rate.is_none_or(|rate| (0.000_001..=1e6).contains(&rate));
        let checks = [
            (u64::from(self.latency_ms.mean) <= DELAY_MS_MAX, "latency_ms.mean: allowed are 0 to 600000"),
            (self.latency_ms.jitter <= self.latency_ms.mean, "latency_ms.jitter: at most latency_ms.mean"),
            (positive(self.rate.per_shop), "rate.per_shop: allowed are null and 0.000001 to 1000000"),
            (positive(self.rate.per_app), "rate.per_app: allowed are null and 0.000001 to 1000000"),
            (self.rate.burst != Some(0), "rate.burst: allowed are null and 1 or more"),
            (
                self.lock.after_refusals.is_none_or(|refusals| (1..=LOCK_REFUSALS_MAX).contains(&refusals)),
                "lock.after_refusals: allowed are null and 1 to 10000",
            ),
            ((1..=86_400).contains(&self.lock.seconds), "lock.seconds: allowed are 1 to 86400"),
            (
                self.clock_ms.is_none_or(|moment| (0..=MOMENT_MS_MAX).contains(&moment)),
                "clock_ms: allowed are null and 0 to 4102444800000",
            ),
            (
                self.data_as_of_ms.is_none_or(|moment| (0..=MOMENT_MS_MAX).contains(&moment)),
                "data_as_of_ms: allowed are null and 0 to 4102444800000",
            ),
            (self.restatement <= 1_000, "restatement: allowed are 0 to 1000"),
            (self.restatement_days <= 60, "restatement_days: allowed are 0 to 60"),
            (
                (1..=31_536_000).contains(&self.access_token_life_s),
                "access_token_life_s: allowed are 1 to 31536000",
            ),
            ((1..=200_000).contains(&self.page_limit_max), "page_limit_max: allowed are 1 to 200000"),
            (
                self.read_after_write_lag_ms <= DELAY_MS_MAX,
                "read_after_write_lag_ms: allowed are 0 to 600000",
            ),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err((*reason).to_owned()),
            None => Ok(()),
        }
    }
}
