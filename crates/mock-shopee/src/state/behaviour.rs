//! The platform's behaviour, where it is known to differ between shops, days and reports.

use crate::limits::{DELAY_MS_MAX, LOCK_REFUSALS_MAX};
use serde::{Deserialize, Serialize};

/// The latest settable time of the clock or the figures: 1 January 2100.
const MOMENT_MS_MAX: i64 = 4_102_444_800_000;

/// All switches. A server starts with [`Behaviour::default`], except for its latency; the control API shows it and changes any
/// part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// Delay of every answer.
    pub latency_ms: Latency,
    /// How many calls are accepted.
    pub rate: RateLimits,
    /// The form of a refusal by the shop's limit.
    pub shop_refusal: ShopRefusal,
    /// The form of a refusal by the app's limit or the lock.
    pub app_refusal: AppRefusal,
    /// When refusals by the app's limit lock the app altogether.
    pub lock: Lock,
    /// `Retry-After` of answers with status 429, in seconds.
    pub retry_after_s: Option<u32>,
    /// A fixed time of a server's clock (unix milliseconds); the real clock if null.
    pub clock_ms: Option<i64>,
    /// The time up to which there are figures (unix milliseconds); the clock if null.
    pub data_as_of_ms: Option<i64>,
    /// How often the last days were restated, each time with late orders added. 0 to 1,000.
    pub restatement: u32,
    /// How many days are restated, today included: 0 to 60. Orders are attributed for seven days after a click.
    pub restatement_days: u32,
    /// Lifetime of issued access tokens, in seconds.
    pub access_token_life_s: i64,
    /// Whether an access token stays valid when its shop gets a new pair.
    pub old_access_token_survives_refresh: bool,
    /// Longest page of the id list; also the default length.
    pub page_limit_max: u64,
    /// Each page of the id list starts with the last row of the page before.
    pub id_list_duplicates: bool,
    /// What happens to the list whenever a later page is requested.
    pub id_list_shift: Shift,
    /// Pages past the end claim that there is one more.
    pub id_list_endless: bool,
    /// How an empty page writes its list.
    pub empty_campaign_list: EmptyList,
    /// Whether `page_no`, which the platform does not have, is ignored; otherwise it is refused.
    pub ignore_page_no: bool,
    /// The effect of a campaign of another shop, or a deleted one, in a call.
    pub unknown_id: UnknownId,
    /// How the answers of the campaign performance endpoints are wrapped.
    pub performance_container: Container,
    /// How a campaign without traffic appears in them.
    pub no_traffic: NoTraffic,
    /// Refuse a window of one day.
    pub strict_same_dates: bool,
    /// Performance answers carry the warning that data are missing: a third of the campaigns is omitted, another
    /// third has zeros, and so has every second row of the shop.
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

/// Limits of accepted calls; null = no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Calls per second of one shop.
    pub per_shop: Option<f64>,
    /// Calls per second of the app.
    pub per_app: Option<f64>,
    /// Calls of the app per day, which ends at 00:00 UTC+8.
    pub per_day: Option<u64>,
    /// Size of a burst; one second's worth if null.
    pub burst: Option<u32>,
}

impl RateLimits {
    /// How many calls a full bucket holds: at least one.
    pub fn size(&self, rate: f64) -> f64 {
        self.burst.map_or(rate, f64::from).max(1.0)
    }
}

/// Observed forms of a refusal by the shop's limit.
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

/// Observed forms of a refusal by the app's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppRefusal {
    /// Status 403, `ads_rate_limit_total_api`.
    #[serde(rename = "total_403")]
    Total403,
    /// Status 200, `ads.rate_limit.exceed_partner_api`.
    #[serde(rename = "partner_200")]
    Partner200,
    /// Status 429, no body: the same as a shop's limit may have.
    #[serde(rename = "empty_429")]
    Empty429,
}

/// Operators report that the platform locks an app that keeps exceeding its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Refusals by the app's limit within 60 s that lock the app; null = never.
    pub after_refusals: Option<u32>,
    /// How long every call is then refused, in seconds. Each refused call restarts this time.
    pub seconds: u32,
}

/// How the id list changes between two pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It does not.
    Off,
    /// Its first campaign is deleted, so that a row moves to an earlier page and is missed.
    Drop,
    /// A new campaign is put in front, so that a row is returned twice.
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
    /// The id is omitted from the answer.
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
