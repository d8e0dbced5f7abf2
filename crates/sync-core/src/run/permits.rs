//! Permits for a run's calls, and what their answers mean for the shop's rate limiter.

use super::{
    attempt::AttemptFailure,
    chunk::ChunkState,
    shop::Shop,
    state::{LISTING, Phase, Run},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Stage},
    limits::{SHOP_CALLS_PER_SECOND_DEFAULT, SHOWN_WAIT_MS_MIN, WORKING_PATIENCE_MS},
    rate::{
        governor_messages::{GovernorReport, Precedence, SlotReply},
        hold::Hold,
        permit::{PermitReply, PermitRequest},
        shop_limiter::*,
    },
};
use shopee::{Endpoint, ErrorClass};

impl Shop {
    /// Requests the permit for one call. No call is made without one.
    pub fn permit(&mut self, event: Event, request: &PermitRequest) -> PermitReply {
        if request.generation.is_some_and(|generation| self.active(generation).is_none()) {
            return PermitReply::Stale;
        }
        // If the holder of a probing call asks for another permit, its probe was answered.
        let working = request.attempt.map(|(key, number)| CallOrigin::Working(key, number, request.answered));
        if let Some(report) = working.and_then(|by| self.limiter.probed(by)) {
            self.report(report);
        }
        let more = self.calls_of_others(request);
        let reply = self.limiter.permit(event.now_ms, request, more);
        self.changes.limiter = true;
        let until_ms = match reply {
            PermitReply::Go { at_ms } => Some(at_ms),
            // A consumer gives up rather than wait longer than this.
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

    /// The calls for which the run's other consumers will soon ask.
    fn calls_of_others(&self, request: &PermitRequest) -> u32 {
        let Some(run) = self.run.as_ref().filter(|_| request.generation.is_some()) else { return 0 };
        let asker = request.attempt.map(|(key, _)| key);
        let others = run.chunks.values().filter(|c| c.state.is_in_flight() && Some(c.key) != asker);
        others.map(|chunk| run.calls(chunk.key.stage)).fold(0, u32::saturating_add)
    }

    /// Extends the lease of a consumer that asks for a permit, from its call or from its next question.
    fn extend(&mut self, attempt: Option<(ChunkKey, u32)>, asks_again_ms: i64) {
        let Some(run) = self.run.as_mut() else { return };
        let lease_ms = run.header.settings.lease_ms();
        let until = asks_again_ms.saturating_add(lease_ms);
        let Some((key, attempt)) = attempt else {
            if let Some(until_ms) = &mut run.header.listing.lease_until_ms {
                *until_ms = until.max(*until_ms);
                self.changes.header = true;
            }
            return;
        };
        let Some(chunk) = run.chunks.get_mut(&key).filter(|chunk| chunk.attempt == attempt) else { return };
        // Each extension is a row that is written, so a lease that is nearly whole stays as it is.
        if let ChunkState::Leased { until_ms } = &mut chunk.state
            && until.saturating_sub(*until_ms) > lease_ms / 4
        {
            *until_ms = until;
            self.changes.chunks.insert(key);
        }
    }

    /// Takes the governor's answer.
    pub fn granted(&mut self, event: Event, precedence: Precedence, reply: &SlotReply) {
        self.limiter.granted(event.now_ms, precedence, reply);
        self.changes.limiter = true;
        self.show_wait(event);
    }

    /// Stops all calls of the app before a time: slots that were given out are void. If only an endpoint is closed, its
    /// slots serve other calls.
    pub fn hold(&mut self, event: Event, hold: Hold) {
        if hold.reason.is_of_the_app() {
            self.limiter.void();
        }
        self.limiter.close(hold);
        self.changes.limiter = true;
        self.show_wait(event);
    }

    /// Records that the call of this slot was answered, and not with throttling. If it was the probe, more calls may
    /// follow.
    pub fn slot_answered(&mut self, event: Event, slot_ms: i64) {
        self.calls_succeeded(event, 1, CallOrigin::Slot(slot_ms));
    }

    /// Records that a call outside chunks and pages was answered.
    pub fn answered(&mut self, event: Event, endpoint: Endpoint) {
        self.calls_succeeded(event, 1, CallOrigin::Endpoint(endpoint));
    }

    /// Records that calls of an attempt were answered.
    pub(crate) fn calls_succeeded(&mut self, event: Event, calls: u32, by: CallOrigin) {
        if calls == 0 {
            return;
        }
        if let Some(report) = self.limiter.succeeded(event.now_ms, by) {
            self.report(report);
        }
        self.changes.limiter = true;
    }

    /// Records a call that was refused because of too many calls.
    pub fn throttled(&mut self, event: Event, failure: &AttemptFailure) {
        let AttemptFailure { class, retry_after_s, .. } = *failure;
        let endpoint = failure.endpoint.filter(|_| class == ErrorClass::PauseUntilQuotaDay);
        let setting = self
            .run
            .as_ref()
            .map_or(SHOP_CALLS_PER_SECOND_DEFAULT, |run| run.header.settings.shop_calls_per_second);
        self.limiter.refused(event, class, endpoint, retry_after_s, setting);
        self.report(GovernorReport::Refused { class, retry_after_s, endpoint });
        self.changes.limiter = true;
        self.show_wait(event);
    }

    /// The hold that keeps the shop, or a part of its run that is due, from calling.
    #[must_use]
    pub fn held(&self, now_ms: i64) -> Option<Hold> {
        let stages = [Stage::Campaigns, Stage::Performance, Stage::ShopTotals];
        let due = |run: &Run| -> Vec<Endpoint> {
            if run.header.phase == Phase::Listing {
                return LISTING.to_vec();
            }
            let is_over = |stage| run.uncut(stage) == 0 && run.stage(stage).all(|c| c.state.is_terminal());
            let due = stages.into_iter().filter(|stage| run.is_open(*stage) && !is_over(*stage));
            due.flat_map(|stage| run.endpoints(stage)).copied().collect()
        };
        self.limiter.hold_of(now_ms, &self.run.as_ref().map(due).unwrap_or_default())
    }

    /// What the shop waits for: a hold, or a slot that is still far off.
    pub(crate) fn waits_for(&self, now_ms: i64) -> Option<Hold> {
        self.held(now_ms).or_else(|| self.limiter.far_slot(now_ms))
    }

    fn report(&mut self, report: GovernorReport) {
        self.changes.report = self.limiter.app().map(|app| (app, report));
    }

    /// Shows a new wait to the operator soon.
    fn show_wait(&mut self, event: Event) {
        let shown = self
            .held(event.now_ms)
            .is_some_and(|h| h.until_ms >= event.now_ms.saturating_add(SHOWN_WAIT_MS_MIN));
        if shown && self.run.as_ref().is_some_and(|run| run.is_active()) {
            self.touched();
        }
    }
}
