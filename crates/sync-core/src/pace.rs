//! The shop's bucket: when the shop's next call to Shopee may be made.
//!
//! A permit is a time slot, not a coin: work waits in queues for an unknown time, and coins that pile up there would
//! be spent as a burst. The app's slots come from the governor in blocks; this bucket spaces the shop's use of them.

use crate::{
    chunk::ChunkState,
    governor::{Ask, AskReply, Report},
    ids::{AppId, ChunkKey, Generation},
    limits::*,
    retry::pause_ms,
    shop::{Event, Shop},
    wait::{Hold, WaitReason},
};
use serde::{Deserialize, Serialize};
use shopee::ErrorClass;
use std::collections::VecDeque;

/// The rates under which a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The partner app whose calls are counted.
    pub app: AppId,
    /// Most calls a second of the shop.
    pub shop_calls_per_second: f64,
    /// Most calls a second of the app.
    pub app_calls_per_second: f64,
    /// First pause after the platform has refused the app, in seconds.
    pub breaker_seconds: u32,
}

/// A consumer wants to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermitRequest {
    /// The run it works for; none outside runs.
    pub generation: Option<Generation>,
    /// The chunk and the attempt at it, whose lease begins anew with each permit; none outside chunks.
    pub attempt: Option<(ChunkKey, u32)>,
    /// How many more calls are expected, this one included.
    pub wanted: u32,
    /// How many calls were made before, all answered.
    pub answered: u32,
    /// The rates.
    pub terms: Terms,
    /// The slot that an earlier answer has reserved for this call, unix milliseconds.
    pub reserved_ms: Option<i64>,
}

/// The answer to a request for a permit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitReply {
    /// Make the call at this time.
    Go {
        /// Unix milliseconds, at most [`PERMIT_NEAR_MS`] ahead.
        at_ms: i64,
    },
    /// The app's slots are used up: ask the governor, give its answer to [`Shop::granted`], then ask again.
    Ask {
        /// The question.
        ask: Ask,
    },
    /// No call before a time; then ask again.
    Wait {
        /// Until when, and why.
        hold: Hold,
        /// The slot that is kept for this call, if there is one.
        reserved_ms: Option<i64>,
    },
    /// The run is over: give up.
    Stale,
}

/// The attempt at a chunk that a call belongs to; none outside chunks.
type Attempt = Option<(ChunkKey, u32)>;

/// The state of the bucket. It outlives runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// The app that the slots belong to.
    app: Option<AppId>,
    /// Calls a second at present. None until the first call: then as much as the terms allow.
    rate: Option<f64>,
    /// No call of the shop before this, unix milliseconds.
    next_ms: i64,
    /// Slots of the app, rising, unix milliseconds.
    block: VecDeque<i64>,
    /// Slots that are kept for calls that come again for them, unix milliseconds.
    reserved: Vec<i64>,
    /// A slot of the shop is the one that the governor allowed as a probe.
    probe: bool,
    /// Who has taken it, and how many calls it had made before.
    prober: Option<(Attempt, u32)>,
    /// The probe's slot, unix milliseconds.
    probe_ms: Option<i64>,
    /// No calls at all until then.
    hold: Option<Hold>,
    /// Times that Shopee has throttled the shop, one after another.
    throttles: u32,
    /// When the rate last changed, unix milliseconds.
    changed_ms: i64,
    /// The shop's share of the app's calls a second, as the governor last said.
    share: Option<f64>,
}

impl Pace {
    /// What keeps the shop from calling.
    #[must_use]
    pub fn hold(&self, now_ms: i64) -> Option<Hold> {
        self.hold.filter(|hold| hold.until_ms > now_ms)
    }

    /// How many chunks of `calls` calls each the shop can keep busy: no consumer is to wait long for a permit.
    pub(crate) fn chunks_at_once(&self, calls: u32, setting: f64, most: u32) -> usize {
        let own = self.rate.unwrap_or(setting);
        let rate = self.share.map_or(own, |share| share.min(own));
        let served = rate * (PERMIT_PATIENCE_MS as f64 / 2_000.0) / f64::from(calls.max(1));
        (served.ceil().clamp(1.0, f64::from(most))) as usize
    }

    fn permit(&mut self, now_ms: i64, request: &PermitRequest) -> PermitReply {
        let terms = &request.terms;
        if self.app != Some(terms.app) {
            *self = Self { app: Some(terms.app), ..Self::default() };
        }
        if let Some(hold) = self.hold(now_ms) {
            return PermitReply::Wait { hold, reserved_ms: None };
        }
        self.reserved.retain(|slot| now_ms <= slot.saturating_add(PERMIT_LATE_MS));
        if let Some(slot) = request.reserved_ms.filter(|slot| self.reserved.contains(slot)) {
            return self.answer(now_ms, slot);
        }
        let rate =
            self.rate.map_or(terms.shop_calls_per_second, |rate| rate.min(terms.shop_calls_per_second));
        let earliest_ms = now_ms.max(self.next_ms);
        let spacing_ms = spacing_ms(rate);
        while self.block.front().is_some_and(|slot| slot.saturating_add(PERMIT_LATE_MS) < earliest_ms) {
            self.block.pop_front();
        }
        let Some(slot) = self.block.front().copied() else {
            let wanted = request.wanted.clamp(1, BLOCK_SLOTS_MAX);
            let (app_calls_per_second, breaker_seconds) = (terms.app_calls_per_second, terms.breaker_seconds);
            let ask = Ask {
                app: terms.app,
                wanted,
                earliest_ms,
                spacing_ms,
                app_calls_per_second,
                breaker_seconds,
            };
            return PermitReply::Ask { ask };
        };
        let at_ms = slot.max(earliest_ms);
        if at_ms > now_ms.saturating_add(PERMIT_PATIENCE_MS) {
            // It stays the shop's; whoever comes in time takes it.
            let hold = Hold { until_ms: at_ms.saturating_sub(SLOT_LEAD_MS), reason: WaitReason::AppRate };
            return PermitReply::Wait { hold, reserved_ms: None };
        }
        self.block.pop_front();
        self.next_ms = at_ms.saturating_add(spacing_ms);
        if self.probe && self.prober.is_none() {
            self.prober = Some((request.attempt, request.answered));
            self.probe_ms = Some(at_ms);
        }
        self.answer(now_ms, at_ms)
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

    /// Every slot that was given out is void.
    fn void(&mut self) {
        self.block.clear();
        self.reserved.clear();
    }

    /// The probe was answered: whoever has made it wants to call again.
    fn is_probed(&self, request: &PermitRequest) -> bool {
        self.prober.is_some_and(|(attempt, made)| {
            attempt.is_some() && attempt == request.attempt && request.answered > made
        })
    }

    /// What the shop waits for: a hold, or slots that are still far.
    pub(crate) fn waits_for(&self, now_ms: i64) -> Option<Hold> {
        let far = |slot: &&i64| **slot > now_ms.saturating_add(PERMIT_PATIENCE_MS);
        let slot = self.block.front().filter(far);
        self.hold(now_ms).or(slot.map(|slot| Hold { until_ms: *slot, reason: WaitReason::AppRate }))
    }

    fn granted(&mut self, now_ms: i64, reply: &AskReply) {
        match reply {
            // The governor has voided them since.
            AskReply::Slots { .. } if self.hold(now_ms).is_some_and(|hold| hold.reason.is_of_the_app()) => {}
            AskReply::Slots { at_ms, share, probe } => {
                self.block.extend(at_ms);
                self.block.make_contiguous().sort_unstable();
                self.share = Some(*share);
                if *probe {
                    (self.probe, self.prober) = (true, None);
                }
            }
            AskReply::Wait { hold } => self.hold = Some(hold.later(self.hold)),
        }
    }

    /// Calls of an attempt went well. True if the governor waits to hear it.
    fn succeeded(&mut self, now_ms: i64, by: Attempt) -> bool {
        self.throttles = 0;
        if let Some(rate) = self.rate.filter(|_| now_ms.saturating_sub(self.changed_ms) >= SHOP_RISE_MS) {
            (self.rate, self.changed_ms) = (Some(rounded(rate * 1.1)), now_ms);
        }
        let probed = self.prober.take_if(|(attempt, _)| *attempt == by).is_some();
        self.probe &= !probed;
        probed
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

/// A rate to a thousandth: its text is short, and so gives the same number again when it is read.
pub(crate) fn rounded(rate: f64) -> f64 {
    (rate * 1_000.0).round() / 1_000.0
}

/// The time between two calls at a rate, in milliseconds.
pub(crate) fn spacing_ms(calls_per_second: f64) -> i64 {
    (1_000.0 / calls_per_second.max(CALLS_PER_SECOND_MIN)).ceil() as i64
}

impl Shop {
    /// Asks for the right to make one call. A call without it is not made.
    pub fn permit(&mut self, event: Event, request: &PermitRequest) -> PermitReply {
        if request.generation.is_some_and(|generation| self.active(generation).is_none()) {
            return PermitReply::Stale;
        }
        if self.pace.is_probed(request) {
            self.calls_succeeded(event, 1, request.attempt);
        }
        let reply = self.pace.permit(event.now_ms, request);
        self.changes.pace = true;
        let until_ms = match reply {
            PermitReply::Go { at_ms } => Some(at_ms),
            // Whoever is told to wait longer gives up.
            PermitReply::Wait { hold, .. } => {
                Some(hold.until_ms.min(event.now_ms.saturating_add(WORKING_PATIENCE_MS)))
            }
            PermitReply::Ask { .. } | PermitReply::Stale => None,
        };
        if let (Some(_), Some(until_ms)) = (request.generation, until_ms) {
            self.extend(request.attempt, until_ms);
        }
        reply
    }

    /// A consumer that asks for a permit lives: its lease begins anew when it calls, or asks again.
    fn extend(&mut self, attempt: Attempt, asks_again_ms: i64) {
        let Some(run) = self.run.as_mut() else { return };
        let until = asks_again_ms.saturating_add(run.header.settings.lease_ms());
        let Some((key, attempt)) = attempt else {
            if let Some(until_ms) = &mut run.header.listing.lease_until_ms {
                *until_ms = until.max(*until_ms);
                self.changes.header = true;
            }
            return;
        };
        let Some(chunk) = run.chunks.get_mut(&key).filter(|chunk| chunk.attempt == attempt) else { return };
        if let ChunkState::Leased { until_ms } = &mut chunk.state {
            *until_ms = until.max(*until_ms);
            self.changes.chunks.insert(key);
        }
    }

    /// The governor has answered.
    pub fn granted(&mut self, event: Event, reply: &AskReply) {
        self.pace.granted(event.now_ms, reply);
        self.changes.pace = true;
        self.show_wait(event);
    }

    /// Nobody may call for the app before a time: slots that were given out are void.
    pub fn hold(&mut self, event: Event, hold: Hold) {
        self.pace.void();
        self.pace.hold = Some(hold.later(self.pace.hold));
        self.changes.pace = true;
        self.show_wait(event);
    }

    /// The call of this slot was answered, and not because there were too many. If it was the probe, there may be more.
    pub fn slot_answered(&mut self, event: Event, slot_ms: i64) {
        let prober = self.pace.prober.filter(|_| self.pace.probe_ms == Some(slot_ms));
        if let Some((attempt, _)) = prober {
            self.calls_succeeded(event, 1, attempt);
        }
    }

    /// A call outside chunks and pages was answered.
    pub fn answered(&mut self, event: Event) {
        self.calls_succeeded(event, 1, None);
    }

    /// Calls of an attempt were answered.
    pub(crate) fn calls_succeeded(&mut self, event: Event, calls: u32, by: Attempt) {
        if calls == 0 {
            return;
        }
        if self.pace.succeeded(event.now_ms, by) {
            self.report(Report::ProbeSucceeded);
        }
        self.changes.pace = true;
    }

    /// A call was refused because there were too many.
    pub fn throttled(&mut self, event: Event, class: ErrorClass, retry_after_s: Option<u32>) {
        let setting = self
            .run
            .as_ref()
            .map_or(SHOP_CALLS_PER_SECOND_DEFAULT, |run| run.header.settings.shop_calls_per_second);
        if class == ErrorClass::PauseShop {
            self.pace.throttled(event, retry_after_s, setting);
        } else {
            // The governor knows how long; until its answer is here, nothing of this shop goes out.
            let until_ms = event.now_ms.saturating_add(UNTOLD_HOLD_MS);
            self.pace.hold = Some(Hold { until_ms, reason: WaitReason::AppThrottled }.later(self.pace.hold));
        }
        (self.pace.probe, self.pace.prober) = (false, None);
        self.pace.void();
        self.report(Report::Refused { class, retry_after_s });
        self.changes.pace = true;
        self.show_wait(event);
    }

    fn report(&mut self, report: Report) {
        self.changes.report = self.pace.app.map(|app| (app, report));
    }

    /// A new wait is shown to the operator soon.
    fn show_wait(&mut self, event: Event) {
        let shown =
            self.pace.hold.is_some_and(|h| h.until_ms >= event.now_ms.saturating_add(SHOWN_WAIT_MS_MIN));
        if shown && self.run.as_ref().is_some_and(|run| run.is_active()) {
            self.touched();
        }
    }
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
