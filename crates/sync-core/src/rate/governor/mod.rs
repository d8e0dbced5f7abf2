//! The governor of one partner app, shared by all its shops. It gives out slots in blocks, fairly, opens a circuit
//! breaker when Shopee refuses the app, and stops for the day when the day quota is used up.
//!
//! ```text
//!              refused, or a storm of throttled shops
//!   closed ───────────────────────────────────────────► open (until a time)
//!     ▲                                                   │ time is over: one slot, the probe
//!     │ the probe succeeded                               ▼
//!     └──────────────────────────────────────────────── probing ──► open again, twice as long, if it is refused
//! ```

mod booking;

use super::{
    calendar::SlotCalendar,
    governor_messages::{ClosedEndpoint, GovernorReport, HoldNotice, SlotReply, SlotRequest},
    hold::{Hold, WaitReason},
    spacing::rounded,
};
use crate::{event::Event, ids::ShopId, limits::*};
use compact::SortedMap;
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

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

/// An endpoint whose day quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Closure {
    /// When it was first reported, unix milliseconds.
    since_ms: i64,
    /// The end of the quota day, unix milliseconds.
    until_ms: i64,
    /// When the next trial call is allowed, unix milliseconds.
    next_ms: i64,
    /// When the last trial call is answered at the latest, unix milliseconds.
    trial_ms: i64,
}

/// Which reported troubles are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The app may call again.
    pub app: bool,
    /// Every endpoint may be called again.
    pub endpoints: bool,
}

/// The state of one app's governor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Governor {
    /// Calls a second learned from a refusal. `None` if there was none: the setting applies.
    rate: Option<f64>,
    /// The setting in the latest question; 0 before the first.
    setting: f64,
    /// When the rate last changed, unix milliseconds.
    changed_ms: i64,
    /// Slots given out.
    calendar: SlotCalendar,
    /// Far slots of runs: each is a shop's turn, unless calls with precedence postpone it.
    turns: SlotCalendar,
    breaker: Breaker,
    /// Consecutive refusals of the app.
    refusals: u32,
    /// First pause, in seconds, as in the latest question.
    breaker_seconds: u32,
    /// The day quota is used up until then, unix milliseconds.
    quota_until_ms: i64,
    /// When each shop was last throttled by its own limit, unix milliseconds.
    throttled: SortedMap<ShopId, i64>,
    /// Whether people were told that the app is held, but not yet that the hold is over.
    told: bool,
    /// Endpoints whose day quota is used up.
    closed: SortedMap<Endpoint, Closure>,
    /// Whether people were told of a closed endpoint, but not yet that all are open.
    told_closed: bool,
}

impl Governor {
    /// Gives out slots, or a hold.
    pub fn ask(&mut self, event: Event, shop: ShopId, ask: &SlotRequest) -> SlotReply {
        let now_ms = event.now_ms;
        self.breaker_seconds = ask.breaker_seconds;
        self.calendar.forget(now_ms);
        self.turns.drop_until(booking::in_time(now_ms));
        self.next_day(now_ms);
        if let Some(hold) = self.hold(now_ms) {
            // The probe is answered soon, with or without success.
            let probing = matches!(self.breaker, Breaker::Probing { .. });
            let soon_ms = now_ms.saturating_add(PROBE_LOOK_MS);
            let until_ms = if probing { hold.until_ms.min(soon_ms) } else { hold.until_ms };
            return SlotReply::Wait { hold: spread(Hold { until_ms, ..hold }, event.random) };
        }
        if let Some(hold) = ask.endpoint.and_then(|endpoint| self.closed_hold(endpoint, now_ms)) {
            return SlotReply::Wait { hold: spread(hold, event.random) };
        }
        if let Breaker::Open { .. } | Breaker::Probing { .. } = self.breaker {
            self.breaker = Breaker::Probing { shop, until_ms: now_ms.saturating_add(PROBE_MS_MAX) };
            let slot = now_ms.max(ask.earliest_ms);
            self.calendar.add(shop, &[slot]);
            let closed = self.closed_for(now_ms, ask.endpoint, slot);
            return SlotReply::Slots { at_ms: vec![slot], share: 0.0, probe: true, closed };
        }
        let rate = self.rate(now_ms, ask.app_calls_per_second);
        match self.book(event, shop, ask, rate) {
            Ok(at_ms) => {
                let first_ms = at_ms.first().copied().unwrap_or(now_ms);
                SlotReply::Slots {
                    at_ms,
                    share: rounded(rate / self.shops().max(1) as f64),
                    probe: false,
                    closed: self.closed_for(now_ms, ask.endpoint, first_ms),
                }
            }
            Err(until_ms) => SlotReply::Wait { hold: Hold { until_ms, reason: WaitReason::AppRate } },
        }
    }

    /// The hold on calls to an endpoint, if any.
    fn closed_hold(&self, endpoint: Endpoint, now_ms: i64) -> Option<Hold> {
        let closure = self.closed.get(&endpoint)?;
        let soon_ms = now_ms.saturating_add(PROBE_LOOK_MS);
        let until_ms = if closure.trial_ms > now_ms { closure.next_ms.min(soon_ms) } else { closure.next_ms };
        Some(Hold { until_ms, reason: WaitReason::EndpointQuota(endpoint) })
            .filter(|hold| hold.until_ms > now_ms)
    }

    /// The closed endpoints to send along with a shop's slots. If the shop wants to call one, its first slot is the
    /// trial.
    fn closed_for(&mut self, now_ms: i64, wanted: Option<Endpoint>, slot_ms: i64) -> Vec<ClosedEndpoint> {
        if let Some(closure) = wanted.and_then(|endpoint| self.closed.get_mut(&endpoint)) {
            closure.next_ms = now_ms.saturating_add(QUOTA_PROBE_MS).min(closure.until_ms);
            closure.trial_ms = slot_ms.saturating_add(PROBE_MS_MAX);
        }
        let told = self.closed.iter().map(|(endpoint, closure)| {
            let trial = wanted == Some(*endpoint);
            let hold = self.closed_hold(*endpoint, now_ms).filter(|_| !trial);
            ClosedEndpoint {
                endpoint: *endpoint,
                until_ms: hold.map_or(closure.next_ms, |hold| hold.until_ms),
                trial,
            }
        });
        told.collect()
    }

    /// Processes a shop's report.
    pub fn report(&mut self, event: Event, shop: ShopId, report: &GovernorReport) -> Option<HoldNotice> {
        match report {
            GovernorReport::ProbeSucceeded => {
                let probed = matches!(self.breaker, Breaker::Probing { shop: prober, .. } if prober == shop);
                if probed {
                    self.close_breaker();
                }
                None
            }
            GovernorReport::Opened { endpoint } => {
                self.closed.remove(endpoint);
                self.report(event, shop, &GovernorReport::ProbeSucceeded)
            }
            GovernorReport::Refused { class: ErrorClass::PauseUntilQuotaDay, endpoint, .. } => {
                self.used_up(event, shop, *endpoint)
            }
            GovernorReport::Refused { class: ErrorClass::PauseApp, retry_after_s, .. } => {
                self.open(event, *retry_after_s)
            }
            GovernorReport::Refused { retry_after_s, .. } => {
                let since = event.now_ms.saturating_sub(STORM_MS);
                self.throttled.retain(|_, at_ms| *at_ms >= since);
                self.throttled.insert(shop, event.now_ms);
                let refused = matches!(self.breaker, Breaker::Probing { shop: prober, .. } if prober == shop);
                (refused || self.throttled.len() >= STORM_SHOPS).then(|| self.open(event, *retry_after_s))?
            }
        }
    }

    /// The hold on all calls of the app, if any.
    #[must_use]
    pub fn hold(&self, now_ms: i64) -> Option<Hold> {
        let is_quota = self.quota_until_ms > now_ms;
        let reason = if is_quota { WaitReason::DailyQuota } else { WaitReason::AppThrottled };
        let until_ms = match self.breaker {
            Breaker::Closed => return None,
            Breaker::Open { until_ms } | Breaker::Probing { until_ms, .. } => until_ms,
        };
        Some(Hold { until_ms, reason }).filter(|hold| hold.until_ms > now_ms)
    }

    /// Clears what was used up on an earlier quota day.
    fn next_day(&mut self, now_ms: i64) {
        self.closed.retain(|_, closure| closure.until_ms > now_ms);
        let day_ms = self.quota_until_ms;
        if matches!(self.breaker, Breaker::Open { until_ms } if until_ms <= day_ms && day_ms <= now_ms) {
            self.close_breaker();
        }
    }

    fn close_breaker(&mut self) {
        (self.breaker, self.refusals, self.quota_until_ms) = (Breaker::Closed, 0, 0);
    }

    /// Records a used-up day quota: of one endpoint, or of the app if several report it or the endpoint is unknown.
    fn used_up(&mut self, event: Event, shop: ShopId, endpoint: Option<Endpoint>) -> Option<HoldNotice> {
        let now_ms = event.now_ms;
        let until_ms = next_quota_day_ms(now_ms);
        let next_ms = now_ms.saturating_add(QUOTA_PROBE_MS).min(until_ms);
        let probed = matches!(self.breaker, Breaker::Probing { shop: prober, .. } if prober == shop);
        let again = probed && self.quota_until_ms > now_ms;
        if probed && !again {
            // This is an answer too: Shopee no longer refuses the app.
            self.close_breaker();
        }
        self.next_day(now_ms);
        if let Some(endpoint) = endpoint {
            let new = Closure { since_ms: now_ms, until_ms, next_ms, trial_ms: 0 };
            let closure = self.closed.entry(endpoint).or_insert(new);
            *closure = Closure { since_ms: closure.since_ms, ..new };
        }
        let since = now_ms.saturating_sub(QUOTA_MS);
        let several =
            self.closed.values().filter(|closure| closure.since_ms > since).count() >= QUOTA_ENDPOINTS;
        if again || endpoint.is_none() || (several && self.quota_until_ms <= now_ms) {
            let open_ms = match self.breaker {
                Breaker::Open { until_ms } => until_ms,
                Breaker::Closed | Breaker::Probing { .. } => 0,
            };
            self.quota_until_ms = until_ms;
            self.breaker = Breaker::Open { until_ms: next_ms.max(open_ms) };
        }
        if self.hold(now_ms).is_some() {
            return self.notice(event);
        }
        self.told_closed = true;
        let reason = WaitReason::EndpointQuota(endpoint?);
        Some(HoldNotice {
            hold: Hold { until_ms: next_ms, reason },
            shops: self.calendar.holders().into_iter().collect(),
        })
    }

    fn open(&mut self, event: Event, retry_after_s: Option<u32>) -> Option<HoldNotice> {
        if let Breaker::Open { until_ms } = self.breaker
            && until_ms > event.now_ms
        {
            // Calls that were under way when the breaker opened count as one refusal together.
            return self.notice(event);
        }
        self.quota_until_ms = 0;
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

    /// Reports once what people were told of and is now over.
    pub fn recovered(&mut self, now_ms: i64) -> Recovered {
        self.next_day(now_ms);
        let app = self.told && self.breaker == Breaker::Closed;
        let endpoints = self.told_closed && self.closed.is_empty();
        self.told &= !app;
        self.told_closed &= !endpoints;
        Recovered { app, endpoints }
    }

    fn notice(&mut self, event: Event) -> Option<HoldNotice> {
        self.told = true;
        self.turns.clear();
        let shops = self.calendar.clear();
        self.hold(event.now_ms).map(|hold| HoldNotice { hold, shops })
    }

    /// The current rate. A rate learned from a refusal rises slowly while there are no refusals, and is forgotten once
    /// it reaches the setting.
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

/// Spreads out the return of shops that wait for the same moment.
fn spread(hold: Hold, random: f64) -> Hold {
    let spread_ms = (PROBE_MS_MAX as f64 / 20.0 * random.clamp(0.0, 1.0)) as i64;
    Hold { until_ms: hold.until_ms.saturating_add(spread_ms), ..hold }
}

/// The end of Shopee's quota day: 00:00 UTC+8 (Shopee: `error_limit`).
fn next_quota_day_ms(now_ms: i64) -> i64 {
    const DAY_MS: i64 = 24 * 3_600 * 1_000;
    const OFFSET_MS: i64 = 8 * 3_600 * 1_000;
    let day = now_ms.saturating_add(OFFSET_MS).div_euclid(DAY_MS);
    day.saturating_add(1).saturating_mul(DAY_MS).saturating_sub(OFFSET_MS)
}

#[cfg(test)]
mod tests;
