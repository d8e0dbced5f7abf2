//! The governor of one partner app: what all its shops share. It gives out slots in blocks, fairly, opens a circuit
//! breaker when Shopee refuses the app, and stops for the day when the day's calls are used up.
//!
//! ```text
//!              refused, or a storm of throttled shops
//!   closed ───────────────────────────────────────────► open (until a time)
//!     ▲                                                   │ time is over: one slot, the probe
//!     │ the probe succeeded                               ▼
//!     └──────────────────────────────────────────────── probing ──► open again, twice as long, if it is refused
//! ```

use crate::{
    calendar::Calendar,
    ids::{AppId, ShopId},
    limits::*,
    pace::rounded,
    shop::Event,
    wait::{Hold, WaitReason},
};
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;
use std::collections::BTreeMap;

/// A shop needs slots.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The app.
    pub app: AppId,
    /// How many slots the shop could use soon.
    pub wanted: u32,
    /// No slot before this is of use, unix milliseconds.
    pub earliest_ms: i64,
    /// The shop's own time between two calls, in milliseconds.
    pub spacing_ms: i64,
    /// Most calls a second of the app.
    pub app_calls_per_second: f64,
    /// First pause after a refusal, in seconds.
    pub breaker_seconds: u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskReply {
    /// These slots are the shop's.
    Slots {
        /// Rising, at least one, unix milliseconds.
        at_ms: Vec<i64>,
        /// The shop's share of the app's calls a second.
        share: f64,
        /// The slot is the one call that tries whether the platform takes calls again.
        probe: bool,
    },
    /// No slots before a time; then ask again.
    Wait {
        /// Until when, and why.
        hold: Hold,
    },
}

/// What a shop has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// A call was refused because there were too many.
    Refused {
        /// Whose limit it was.
        class: ErrorClass,
        /// The wait that the platform asked for, in seconds.
        retry_after_s: Option<u32>,
    },
    /// The probe was answered.
    ProbeSucceeded,
}

/// What follows from a report: shops whose slots are void, and until when nobody calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// For every shop of the app.
    pub hold: Hold,
    /// The shops that hold slots, to be told at once; the others hear it when they ask.
    pub shops: Vec<ShopId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Breaker {
    #[default]
    Closed,
    Open {
        until_ms: i64,
    },
    Probing {
        shop: ShopId,
        until_ms: i64,
    },
}

/// The state of one app's governor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Governor {
    /// Calls a second that a refusal has taught; None while there was none: then as much as the setting allows.
    rate: Option<f64>,
    /// The setting, as the last question said; 0 before the first.
    setting: f64,
    /// When the rate last changed, unix milliseconds.
    changed_ms: i64,
    calendar: Calendar,
    breaker: Breaker,
    /// Refusals of the app, one after another.
    refusals: u32,
    /// First pause, in seconds; as the last question said.
    breaker_seconds: u32,
    /// The day's calls are used up until then, unix milliseconds.
    quota_until_ms: i64,
    /// When shops were last throttled by their own limit, unix milliseconds.
    throttled: BTreeMap<ShopId, i64>,
    /// People were told that the app is held, and not yet that it is over.
    told: bool,
}

impl Governor {
    /// Gives out slots.
    pub fn ask(&mut self, event: Event, shop: ShopId, ask: &Ask) -> AskReply {
        let now_ms = event.now_ms;
        self.breaker_seconds = ask.breaker_seconds;
        self.calendar.forget(now_ms);
        if let Some(hold) = self.hold(now_ms) {
            // A probe is answered soon, one way or the other.
            let probing = matches!(self.breaker, Breaker::Probing { .. }) && self.quota_until_ms <= now_ms;
            let soon_ms = now_ms.saturating_add(PROBE_LOOK_MS);
            let until_ms = if probing { hold.until_ms.min(soon_ms) } else { hold.until_ms };
            return AskReply::Wait { hold: spread(Hold { until_ms, ..hold }, event.random) };
        }
        if let Breaker::Open { .. } | Breaker::Probing { .. } = self.breaker {
            self.breaker = Breaker::Probing { shop, until_ms: now_ms.saturating_add(PROBE_MS_MAX) };
            let slot = now_ms.max(ask.earliest_ms);
            self.calendar.take(shop, slot, slot, 0);
            return AskReply::Slots { at_ms: vec![slot], share: 0.0, probe: true };
        }
        let rate = self.rate(now_ms, ask.app_calls_per_second);
        let gap_ms = crate::pace::spacing_ms(rate);
        let mut slots = Vec::new();
        let mut from_ms = now_ms.max(ask.earliest_ms);
        let mut limit_ms = from_ms.saturating_add(SLOT_AHEAD_MS);
        for _ in 0..ask.wanted.clamp(1, BLOCK_SLOTS_MAX) {
            let Some(slot) = self.calendar.take(shop, from_ms, limit_ms, gap_ms) else { break };
            // The calls of one chunk belong together: what it waits for between them, it waits for at work.
            limit_ms = slots.first().copied().unwrap_or(slot).saturating_add(BLOCK_SPAN_MS);
            slots.push(slot);
            from_ms = slot.saturating_add(ask.spacing_ms);
        }
        if slots.is_empty() {
            let spread_ms = (SLOT_AHEAD_MS as f64 / 8.0 * event.random.clamp(0.0, 1.0)) as i64;
            let until_ms = now_ms.saturating_add(SLOT_AHEAD_MS / 8).saturating_add(spread_ms);
            return AskReply::Wait { hold: Hold { until_ms, reason: WaitReason::AppRate } };
        }
        AskReply::Slots {
            at_ms: slots,
            share: rounded(rate / self.calendar.shops().max(1) as f64),
            probe: false,
        }
    }

    /// Takes in what a shop has seen.
    pub fn report(&mut self, event: Event, shop: ShopId, report: &Report) -> Option<Notice> {
        match report {
            Report::ProbeSucceeded => {
                let probed = matches!(self.breaker, Breaker::Probing { shop: prober, .. } if prober == shop);
                if probed {
                    (self.breaker, self.refusals) = (Breaker::Closed, 0);
                }
                None
            }
            Report::Refused { class: ErrorClass::PauseUntilQuotaDay, .. } => {
                self.quota_until_ms = next_quota_day_ms(event.now_ms);
                self.notice(event)
            }
            Report::Refused { class: ErrorClass::PauseApp, retry_after_s } => {
                self.open(event, *retry_after_s)
            }
            Report::Refused { retry_after_s, .. } => {
                let since = event.now_ms.saturating_sub(STORM_MS);
                self.throttled.retain(|_, at_ms| *at_ms >= since);
                self.throttled.insert(shop, event.now_ms);
                let refused = matches!(self.breaker, Breaker::Probing { shop: prober, .. } if prober == shop);
                (refused || self.throttled.len() >= STORM_SHOPS).then(|| self.open(event, *retry_after_s))?
            }
        }
    }

    /// Until when nobody may call, if there is such a time.
    #[must_use]
    pub fn hold(&self, now_ms: i64) -> Option<Hold> {
        let breaker = match self.breaker {
            Breaker::Closed => None,
            Breaker::Open { until_ms } | Breaker::Probing { until_ms, .. } => {
                Some(Hold { until_ms, reason: WaitReason::AppThrottled })
            }
        };
        let quota = Hold { until_ms: self.quota_until_ms, reason: WaitReason::DailyQuota };
        Some(quota.later(breaker)).filter(|hold| hold.until_ms > now_ms)
    }

    fn open(&mut self, event: Event, retry_after_s: Option<u32>) -> Option<Notice> {
        if let Breaker::Open { until_ms } = self.breaker
            && until_ms > event.now_ms
        {
            // Calls that were on their way when it opened: one refusal, not several.
            return self.notice(event);
        }
        let first_s = if self.breaker_seconds == 0 { BREAKER_SECONDS_DEFAULT } else { self.breaker_seconds };
        let doubled_s = i64::from(first_s).saturating_mul(1 << self.refusals.min(12));
        let pause_s =
            doubled_s.min(i64::from(BREAKER_SECONDS_MAX)).max(i64::from(retry_after_s.unwrap_or(0)));
        self.refusals = self.refusals.saturating_add(1);
        self.breaker = Breaker::Open { until_ms: event.now_ms.saturating_add(pause_s * 1_000) };
        self.throttled.clear();
        let setting = if self.setting > 0.0 { self.setting } else { APP_CALLS_PER_SECOND_DEFAULT };
        let present = self.rate.unwrap_or(setting).min(setting);
        self.rate = Some(rounded(present / 2.0).max(CALLS_PER_SECOND_MIN));
        self.changed_ms = event.now_ms;
        self.notice(event)
    }

    /// True once when what people were told of is over.
    pub fn recovered(&mut self, now_ms: i64) -> bool {
        let over = self.told && self.breaker == Breaker::Closed && self.hold(now_ms).is_none();
        self.told &= !over;
        over
    }

    fn notice(&mut self, event: Event) -> Option<Notice> {
        self.told = true;
        let shops = self.calendar.clear();
        self.hold(event.now_ms).map(|hold| Notice { hold, shops })
    }

    /// The present rate. What a refusal has taught rises slowly while nobody is refused, and is forgotten when it
    /// reaches the setting.
    fn rate(&mut self, now_ms: i64, setting: f64) -> f64 {
        self.setting = setting;
        let Some(taught) = self.rate else { return setting };
        if taught < setting && now_ms.saturating_sub(self.changed_ms) >= APP_RISE_MS {
            self.rate = Some(rounded(taught * 1.05)).filter(|rate| *rate < setting);
            self.changed_ms = now_ms;
        }
        self.rate.unwrap_or(setting).min(setting)
    }
}

/// Shops that wait for the same moment do not come back at the same moment.
fn spread(hold: Hold, random: f64) -> Hold {
    let spread_ms = (PROBE_MS_MAX as f64 / 20.0 * random.clamp(0.0, 1.0)) as i64;
    Hold { until_ms: hold.until_ms.saturating_add(spread_ms), ..hold }
}

/// When the day of Shopee's quota ends: 00:00 UTC+8 (Shopee: `error_limit`).
fn next_quota_day_ms(now_ms: i64) -> i64 {
    const DAY_MS: i64 = 24 * 3_600 * 1_000;
    const OFFSET_MS: i64 = 8 * 3_600 * 1_000;
    let day = now_ms.saturating_add(OFFSET_MS).div_euclid(DAY_MS);
    day.saturating_add(1).saturating_mul(DAY_MS).saturating_sub(OFFSET_MS)
}

#[cfg(test)]
#[path = "governor_tests.rs"]
mod tests;
