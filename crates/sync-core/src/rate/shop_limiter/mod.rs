//! The shop's bucket: when the shop may make its next call to Shopee.
//!
//! A permit is a time slot, not a token: work waits in queues for an unknown time, and accumulated tokens would be
//! spent in a burst. The app's slots come from the governor in blocks; this bucket spaces the shop's use of them.

use super::{
    back_off::pause_ms,
    closed_endpoints::{ClosedEndpoints, EndpointAccess},
    governor_messages::{GovernorReport, Precedence, SlotReply, SlotRequest},
    hold::{Hold, WaitReason},
    permit::{PermitReply, PermitRequest},
    spacing::{rounded, spacing_ms},
};
use crate::{
    event::Event,
    ids::{AppId, ChunkKey},
    limits::*,
};
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};
use std::collections::VecDeque;

/// The attempt at a chunk that makes a call; `None` outside chunks.
type Attempt = Option<(ChunkKey, u32)>;

/// The origin of a successful call.
#[derive(Clone, Copy)]
pub(crate) enum CallOrigin {
    /// All calls of an attempt.
    Attempt(ChunkKey, u32),
    /// An attempt that has made this many calls.
    Working(ChunkKey, u32, u32),
    /// A call outside chunks.
    Endpoint(Endpoint),
    /// The call that used a slot.
    Slot(i64),
}

impl CallOrigin {
    /// Whether this is a call that the attempt made after `made` others.
    fn is_of(self, attempt: Attempt, made: u32) -> bool {
        match self {
            Self::Attempt(key, number) => attempt == Some((key, number)),
            Self::Working(key, number, answered) => attempt == Some((key, number)) && answered > made,
            Self::Endpoint(_) => attempt.is_none(),
            Self::Slot(_) => true,
        }
    }
}

/// The state of the bucket. It outlives runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShopRateLimiter {
    /// The app whose slots these are.
    app: Option<AppId>,
    /// The current rate in calls a second. `None` if no throttling has lowered it: the request's rate applies.
    rate: Option<f64>,
    /// The shop's earliest next call, unix milliseconds.
    next_ms: i64,
    /// Slots of the app in rising order, unix milliseconds.
    block: VecDeque<i64>,
    /// Slots reserved for calls that come back for them, unix milliseconds.
    reserved: Vec<i64>,
    /// Whether a slot of the shop is the governor's probe.
    probe: bool,
    /// Who has taken the probe, and how many calls it had made before.
    prober: Option<(Attempt, u32)>,
    /// The probe's slot, unix milliseconds.
    probe_ms: Option<i64>,
    /// A hold on all calls.
    hold: Option<Hold>,
    /// The governor has no slots for the shop's run before then, unix milliseconds.
    ask_ms: i64,
    /// The same for calls with precedence.
    first_ask_ms: i64,
    /// When the next caller without a slot asks, so that not all ask at the same moment; unix milliseconds.
    turn_ms: i64,
    /// Endpoints that may not be called.
    closed: ClosedEndpoints,
    /// How often in a row Shopee has throttled the shop.
    throttles: u32,
    /// When the rate last changed, unix milliseconds.
    changed_ms: i64,
    /// The shop's share of the app's calls a second, as last reported by the governor.
    share: Option<f64>,
}

impl ShopRateLimiter {
    /// The app whose slots these are.
    pub(crate) fn app(&self) -> Option<AppId> {
        self.app
    }

    /// The hold on the shop's calls, if any.
    #[must_use]
    pub fn hold(&self, now_ms: i64) -> Option<Hold> {
        self.hold.filter(|hold| hold.until_ms > now_ms)
    }

    /// The hold on work that calls these endpoints, if any.
    #[must_use]
    pub fn hold_of(&self, now_ms: i64, endpoints: &[Endpoint]) -> Option<Hold> {
        let closed = self.closed.hold(now_ms, endpoints);
        self.hold(now_ms).map(|hold| hold.later(closed)).or(closed)
    }

    /// How many chunks of `calls` calls each keep the shop's calls at its rate: as many as are under way at any moment,
    /// and one that waits for the next permit. `duration_ms` is that of one chunk.
    pub(crate) fn chunks_under_way(&self, calls: u32, setting: f64, duration_ms: u64) -> usize {
        let seconds = duration_ms.saturating_add(LANE_GAP_MS) as f64 / 1_000.0;
        (self.chunks_per_second(calls, setting) * seconds + 1.0).ceil() as usize
    }

    /// How many such chunks can be at work, at most `most`, of which none would wait long for its permits.
    pub(crate) fn chunks_served(&self, calls: u32, setting: f64, most: u32) -> usize {
        let served = self.chunks_per_second(calls, setting) * PERMIT_PATIENCE_MS as f64 / 2_000.0;
        served.ceil().clamp(1.0, f64::from(most)) as usize
    }

    fn chunks_per_second(&self, calls: u32, setting: f64) -> f64 {
        let own = self.rate.unwrap_or(setting).min(setting);
        self.share.map_or(own, |share| share.min(own)) / f64::from(calls.max(1))
    }

    /// Answers a request for one call; the shop's other callers will ask for about `more` calls meanwhile.
    pub(crate) fn permit(&mut self, now_ms: i64, request: &PermitRequest, more: u32) -> PermitReply {
        let rate_limits = &request.rate_limits;
        if self.app != Some(rate_limits.app) {
            *self = Self { app: Some(rate_limits.app), ..Self::default() };
        }
        if let Some(hold) = self.hold(now_ms) {
            return PermitReply::Wait { hold, reserved_ms: None };
        }
        let way = request
            .endpoint
            .map_or(EndpointAccess::Free, |endpoint| self.closed.way(now_ms, endpoint, request.reserved_ms));
        if let EndpointAccess::Wait(hold) = way {
            return PermitReply::Wait { hold, reserved_ms: None };
        }
        self.reserved.retain(|slot| now_ms <= slot.saturating_add(PERMIT_LATE_MS));
        if let Some(slot) = request.reserved_ms.filter(|slot| self.reserved.contains(slot)) {
            return self.answer(now_ms, slot);
        }
        let rate = self
            .rate
            .map_or(rate_limits.shop_calls_per_second, |rate| rate.min(rate_limits.shop_calls_per_second));
        let earliest_ms = now_ms.max(self.next_ms);
        let spacing_ms = spacing_ms(rate);
        while self.block.front().is_some_and(|slot| slot.saturating_add(PERMIT_LATE_MS) < earliest_ms) {
            self.block.pop_front();
        }
        // Slots that the shop already holds say nothing about whether an endpoint is open again.
        let Some(slot) = self.block.front().copied().filter(|_| way == EndpointAccess::Free) else {
            let precedence = request.precedence;
            if precedence == Precedence::First && now_ms < self.first_ask_ms {
                let hold = Hold { until_ms: self.first_ask_ms, reason: WaitReason::AppRate };
                return PermitReply::Wait { hold, reserved_ms: None };
            }
            if precedence == Precedence::Run && now_ms < self.ask_ms {
                return self.wait_turn(now_ms, spacing_ms);
            }
            let wanted = request.wanted.clamp(1, BLOCK_SLOTS_MAX);
            let (app_calls_per_second, breaker_seconds) =
                (rate_limits.app_calls_per_second, rate_limits.breaker_seconds);
            let ask = SlotRequest {
                app: rate_limits.app,
                wanted,
                more,
                earliest_ms,
                spacing_ms,
                app_calls_per_second,
                breaker_seconds,
                endpoint: request.endpoint,
                precedence,
            };
            return PermitReply::Ask { ask };
        };
        let at_ms = slot.max(earliest_ms);
        if at_ms > now_ms.saturating_add(PERMIT_PATIENCE_MS) {
            // The shop keeps the slot; the first caller that comes in time takes it.
            let hold = Hold { until_ms: at_ms.saturating_sub(SLOT_LEAD_MS), reason: WaitReason::AppRate };
            return PermitReply::Wait { hold, reserved_ms: None };
        }
        self.block.pop_front();
        self.next_ms = at_ms.saturating_add(spacing_ms);
        if self.probe && self.prober.is_none() {
            self.prober = Some((request.attempt, request.answered));
            self.probe_ms = Some(at_ms);
        }
        if let Some(endpoint) = request.endpoint {
            self.closed.take(endpoint, request.attempt, request.answered, at_ms);
        }
        self.answer(now_ms, at_ms)
    }

    /// Lets callers that wait for the governor's next slots ask one after another.
    fn wait_turn(&mut self, now_ms: i64, spacing_ms: i64) -> PermitReply {
        let is_far = self.turn_ms > self.ask_ms.saturating_add(TURNS_MS_MAX);
        let until_ms = if is_far { self.ask_ms } else { self.turn_ms.max(self.ask_ms) };
        self.turn_ms = until_ms.saturating_add(spacing_ms);
        let hold = Hold { until_ms: until_ms.max(now_ms), reason: WaitReason::AppRate };
        PermitReply::Wait { hold, reserved_ms: None }
    }

    fn answer(&mut self, now_ms: i64, slot: i64) -> PermitReply {
        self.reserved.retain(|kept| *kept != slot);
        if slot <= now_ms.saturating_add(PERMIT_NEAR_MS) {
            return PermitReply::Go { at_ms: slot };
        }
        self.reserved.push(slot);
        let hold = Hold { until_ms: slot, reason: WaitReason::ShopRate };
        PermitReply::Wait { hold, reserved_ms: Some(slot) }
    }

    /// Voids every slot that was given out.
    pub(crate) fn void(&mut self) {
        self.block.clear();
        self.reserved.clear();
    }

    /// Handles an answered call. Returns what to report to the governor if the call was a probe or trial.
    pub(crate) fn probed(&mut self, by: CallOrigin) -> Option<GovernorReport> {
        let probe_ms = self.probe_ms;
        let is_it = |(attempt, made): &mut (Attempt, u32)| match by {
            CallOrigin::Slot(slot_ms) => probe_ms == Some(slot_ms),
            _ => by.is_of(*attempt, *made),
        };
        let probed = self.prober.take_if(is_it).is_some();
        self.probe &= !probed;
        let opened = self.closed.opened(|endpoint, attempt, made, slot_ms| match by {
            CallOrigin::Slot(answered_ms) => slot_ms == answered_ms,
            CallOrigin::Endpoint(called) => called == endpoint && attempt.is_none(),
            _ => by.is_of(attempt, made),
        });
        opened
            .map(|endpoint| GovernorReport::Opened { endpoint })
            .or(probed.then_some(GovernorReport::ProbeSucceeded))
    }

    /// A far slot for which the shop waits.
    pub(crate) fn far_slot(&self, now_ms: i64) -> Option<Hold> {
        let far = |slot: &&i64| **slot > now_ms.saturating_add(PERMIT_PATIENCE_MS);
        let slot = self.block.front().or(Some(&self.ask_ms)).filter(far);
        slot.map(|slot| Hold { until_ms: *slot, reason: WaitReason::AppRate })
    }

    /// Whether the shop's next call need not wait longer than this, as far as is known.
    pub(crate) fn is_near(&self, now_ms: i64, wait_ms: i64) -> bool {
        let near_ms = now_ms.saturating_add(wait_ms);
        self.next_ms <= near_ms
            && match self.block.front() {
                Some(slot) => *slot <= near_ms,
                None => self.ask_ms <= near_ms,
            }
    }

    pub(crate) fn close(&mut self, hold: Hold) {
        match hold.reason {
            WaitReason::EndpointQuota(endpoint) => {
                self.closed.close(endpoint, hold.until_ms, !self.block.is_empty());
            }
            // The slots already held remain usable.
            WaitReason::AppRate => self.ask_ms = hold.until_ms,
            _ => self.hold = Some(hold.later(self.hold)),
        }
    }

    pub(crate) fn granted(&mut self, now_ms: i64, precedence: Precedence, reply: &SlotReply) {
        let first = precedence == Precedence::First;
        match reply {
            // The governor has voided these slots since.
            SlotReply::Slots { .. } if self.hold(now_ms).is_some_and(|hold| hold.reason.is_of_the_app()) => {}
            SlotReply::Slots { at_ms, share, probe, closed } => {
                self.closed.learn(closed);
                self.block.extend(at_ms);
                self.block.make_contiguous().sort_unstable();
                self.share = Some(*share);
                if *probe {
                    (self.probe, self.prober) = (true, None);
                }
            }
            SlotReply::Wait { hold } if first && hold.reason == WaitReason::AppRate => {
                self.first_ask_ms = hold.until_ms;
            }
            SlotReply::Wait { hold } => self.close(*hold),
        }
    }

    /// Handles successful calls. Returns what to report to the governor.
    pub(crate) fn succeeded(&mut self, now_ms: i64, by: CallOrigin) -> Option<GovernorReport> {
        self.throttles = 0;
        if let Some(rate) = self.rate.filter(|_| now_ms.saturating_sub(self.changed_ms) >= SHOP_RISE_MS) {
            // A rate above every possible setting has no effect any more.
            let risen = Some(rounded(rate * 1.1)).filter(|rate| *rate <= SHOP_CALLS_PER_SECOND_MAX);
            (self.rate, self.changed_ms) = (risen, now_ms);
        }
        self.probed(by)
    }

    /// Handles a call refused because of too many calls. Until the governor answers, the calls that it decides about
    /// are held.
    pub(crate) fn refused(
        &mut self,
        event: Event,
        class: ErrorClass,
        endpoint: Option<Endpoint>,
        retry_after_s: Option<u32>,
        setting: f64,
    ) {
        let until_ms = event.now_ms.saturating_add(INTERIM_HOLD_MS);
        if let Some(endpoint) = endpoint {
            self.closed.refused(endpoint, until_ms);
        } else if class == ErrorClass::PauseShop {
            self.throttled(event, retry_after_s, setting);
        } else {
            self.hold = Some(Hold { until_ms, reason: WaitReason::AppThrottled }.later(self.hold));
        }
        (self.probe, self.prober) = (false, None);
        if endpoint.is_none() {
            self.void();
        }
    }

    fn throttled(&mut self, event: Event, retry_after_s: Option<u32>, setting: f64) {
        self.throttles = self.throttles.saturating_add(1);
        let rate = self.rate.unwrap_or(setting).min(setting);
        self.rate = Some(rounded(rate / 2.0).max(CALLS_PER_SECOND_MIN));
        self.changed_ms = event.now_ms;
        let until_ms = event.now_ms.saturating_add(pause_ms(self.throttles, retry_after_s, event.random));
        self.hold = Some(Hold { until_ms, reason: WaitReason::ShopThrottled }.later(self.hold));
    }
}

#[cfg(test)]
mod tests;
