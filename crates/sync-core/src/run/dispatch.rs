//! Hands out chunks and moves the run to its next stage.

use super::{
    attempt::Work,
    chunk::{Chunk, ChunkState},
    completion::{are_over, end_of},
    handout::Handout,
    shop::Shop,
    state::{Phase, Run},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Stage},
    limits::{LANE_WAIT_MS_MAX, MESSAGE_SLOW_MS, PERMIT_NEAR_MS},
    message::ChunkMessage,
    rate::back_off::back_off_ms,
};

/// Whose chunk it is.
#[derive(Clone, Copy)]
enum Lane {
    New,
    GoesOn,
}

impl Shop {
    /// Does whatever the current state allows: the next stage, the end, messages for free places in the window.
    pub(crate) fn advance(&mut self, event: Event) {
        self.enter_stages(event);
        self.send_messages(event);
    }

    /// Enters the next stage, or ends the run, if all work of the current one is done.
    pub(crate) fn enter_stages(&mut self, event: Event) {
        const SETTINGS: &[Stage] = &[Stage::Campaigns];
        const ALL: &[Stage] = &[Stage::Campaigns, Stage::Performance, Stage::ShopTotals];
        while let Some(run) = self.run.as_mut() {
            match run.header.phase {
                Phase::Campaigns if are_over(run, SETTINGS) => {
                    run.header.phase = Phase::Performance;
                    run.header.projection_urgent = true;
                    run.touch();
                }
                Phase::Performance if are_over(run, ALL) => {
                    let end = end_of(run);
                    self.changes.chunks.extend(run.finish(event.now_ms, end));
                }
                _ => break,
            }
            self.changes.header = true;
        }
    }

    /// Sends messages for the free places. Each starts a lane: its consumer goes on with the chunks that commits hand
    /// out.
    pub(crate) fn send_messages(&mut self, event: Event) {
        let shop_id = self.shop_id;
        while self.has_place(event, Lane::New) {
            let Some(key) = self.next_ready(event.now_ms) else { return };
            let Some(run) = self.run.as_mut() else { return };
            let until_ms = event.now_ms.saturating_add(run.header.settings.queued_ms());
            let Some(chunk) = run.chunks.get_mut(&key) else { return };
            chunk.state = ChunkState::Queued { until_ms, borrowed: false };
            let message = ChunkMessage::new(shop_id, run.header.generation, key, chunk.attempt + 1);
            self.changes.chunk_messages.push(message);
            self.changed(key);
        }
    }

    /// Whether another chunk may be handed out: within the window, and none while the shop waits. Lanes are begun only as
    /// long as the shop's calls can keep them busy. One that is there goes on, since a new one costs a message, if its next
    /// call is near: the only one waits longer, and one of many is not missed while the slots until then are taken.
    fn has_place(&self, event: Event, lane: Lane) -> bool {
        let Some(run) = self.run.as_ref().filter(|run| run.is_active() && !run.header.direct_held) else {
            return false;
        };
        if self.limiter.hold(event.now_ms).is_some() || run.header.paused.is_some() {
            return false;
        }
        let (settings, stage) = (&run.header.settings, run.leading_stage());
        let (calls, rate) = (run.calls(stage), settings.shop_calls_per_second);
        let served = self.limiter.chunks_served(calls, rate, settings.window_chunks);
        let in_flight = run.chunks.values().filter(|chunk| chunk.state.is_in_flight()).count();
        match lane {
            Lane::New => {
                let under_way = self.limiter.chunks_under_way(calls, rate, run.last_duration_ms(stage));
                in_flight + self.waiting_lanes.count(event.now_ms) < served.min(under_way)
            }
            Lane::GoesOn => {
                let wait_ms = if in_flight == 0 { LANE_WAIT_MS_MAX } else { PERMIT_NEAR_MS };
                in_flight < served && self.limiter.is_near(event.now_ms, wait_ms)
            }
        }
    }

    /// The next chunk that is ready: first the settings, since the performance needs them, then the shop totals, whose
    /// calls follow one another; in each stage one that waits, else a newly cut one.
    fn next_ready(&mut self, now_ms: i64) -> Option<ChunkKey> {
        const ORDER: [Stage; 3] = [Stage::Campaigns, Stage::ShopTotals, Stage::Performance];
        let run = self.run.as_mut()?;
        for stage in ORDER {
            // Work that needs a closed endpoint waits for it; other work continues.
            if self.limiter.hold_of(now_ms, run.endpoints(stage)).is_some() {
                continue;
            }
            if let Some(key) = due(run, stage, now_ms) {
                return Some(key);
            }
            if let Some(key) = run.cut_next(stage, run.ready(stage)) {
                self.changed(key);
                return Some(key);
            }
        }
        None
    }

    /// Handles messages that could not be sent: their chunks wait briefly, and the alarm sends them again.
    pub fn unsent(&mut self, event: Event, messages: &[ChunkMessage]) {
        for message in messages {
            let key = message.key();
            let Some(run) = self.active(message.generation) else { continue };
            let Some(chunk) = run.chunks.get_mut(&key) else { continue };
            if matches!(chunk.state, ChunkState::Queued { .. }) && chunk.attempt + 1 == message.attempt {
                let wait = back_off_ms(1, None, event.random);
                chunk.state = ChunkState::Pending { not_before_ms: event.now_ms.saturating_add(wait) };
                self.changed(key);
            }
        }
    }

    /// The next chunk for a lane that has just committed one, if a place is free and its calls are soon.
    pub(crate) fn next_of_lane(&mut self, event: Event) -> Handout {
        if !self.has_place(event, Lane::GoesOn) {
            return Handout::default();
        }
        let Some(key) = self.key_of_lane(event.now_ms) else { return self.without_chunk(event) };
        Handout::of(self.lease(event, key))
    }

    fn key_of_lane(&mut self, now_ms: i64) -> Option<ChunkKey> {
        let next = self.next_ready(now_ms);
        let Some((slow, until_ms)) = self.slow(now_ms) else { return next };
        if let Some(next) = next {
            let chunk = self.run.as_mut()?.chunks.get_mut(&next)?;
            chunk.state = ChunkState::Queued { until_ms, borrowed: true };
            self.changed(next);
        }
        Some(slow)
    }

    /// The first chunk whose message is slow and whose endpoints are open, and when it counts as lost: all performance may
    /// wait for it, while consumers are busy. A lane takes it, and the message is for another chunk.
    fn slow(&self, now_ms: i64) -> Option<(ChunkKey, i64)> {
        let run = self.run.as_ref()?;
        let sent_before_ms = now_ms.saturating_sub(MESSAGE_SLOW_MS);
        let is_open = |stage| self.limiter.hold_of(now_ms, run.endpoints(stage)).is_none();
        run.chunks.values().find_map(|chunk| {
            let ChunkState::Queued { until_ms, .. } = chunk.state else { return None };
            let sent_ms = until_ms.saturating_sub(run.header.settings.queued_ms());
            (sent_ms <= sent_before_ms && is_open(chunk.key.stage)).then_some((chunk.key, until_ms))
        })
    }

    /// The next chunk for the consumer that holds a direct run. If no chunk is ready, messages take over.
    pub(crate) fn next_of_direct(&mut self, event: Event) -> Option<Work> {
        let held = self.limiter.hold(event.now_ms).is_some();
        let run = self.run.as_mut().filter(|run| run.is_active() && run.header.direct_held)?;
        let stopped = held || run.header.paused.is_some();
        let next = if stopped { None } else { self.next_ready(event.now_ms) };
        if next.is_none() {
            self.run.as_mut()?.header.direct_held = false;
            self.touched();
        }
        self.lease(event, next?)
    }
}

/// The first waiting chunk of a stage that is due.
fn due(run: &Run, stage: Stage, now_ms: i64) -> Option<ChunkKey> {
    run.stage(stage).find(|chunk| is_due(run, chunk, now_ms)).map(|chunk| chunk.key)
}

/// Whether a chunk waits only for somebody who takes it.
pub(crate) fn is_due(run: &Run, chunk: &Chunk, now_ms: i64) -> bool {
    matches!(chunk.state, ChunkState::Pending { not_before_ms } if not_before_ms <= now_ms)
        && run.is_workable(chunk)
}
