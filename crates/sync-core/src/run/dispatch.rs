//! Hands out chunks and moves the run to its next stage.

use super::{
    attempt::Work,
    chunk::ChunkState,
    completion::{end_of, is_stage_over},
    shop::Shop,
    state::{Phase, Run},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Stage},
    message::ChunkMessage,
    rate::back_off::back_off_ms,
};

impl Shop {
    /// Does whatever the current state allows: the next stage, the end, messages for free places in the window.
    pub(crate) fn advance(&mut self, event: Event) {
        while let Some(run) = self.run.as_mut() {
            match run.header.phase {
                Phase::Campaigns if is_stage_over(run) => {
                    run.header.phase = Phase::Performance;
                    run.header.projection_urgent = true;
                    run.touch();
                }
                Phase::Performance if is_stage_over(run) => {
                    let end = end_of(run);
                    self.changes.chunks.extend(run.finish(event.now_ms, end));
                }
                _ => break,
            }
            self.changes.header = true;
        }
        self.send_messages(event);
    }

    /// Sends messages only as fast as the shop may call: within its window and its rate, and none while it waits.
    fn send_messages(&mut self, event: Event) {
        let shop_id = self.shop_id;
        let held = self.limiter.hold(event.now_ms).is_some();
        let Some(run) = self.run.as_ref().filter(|run| run.is_active() && !run.header.direct_held) else {
            return;
        };
        if held || run.header.paused.is_some() {
            return;
        }
        let settings = &run.header.settings;
        let stage = if run.header.phase == Phase::Campaigns { Stage::Campaigns } else { Stage::Performance };
        let window = self.limiter.chunks_at_once(
            run.calls(stage),
            settings.shop_calls_per_second,
            settings.window_chunks,
        );
        let until_ms = event.now_ms.saturating_add(settings.queued_ms());
        let in_flight = run.chunks.values().filter(|chunk| chunk.state.is_in_flight()).count();
        for _ in in_flight..window {
            let Some(key) = self.next_ready(event.now_ms) else { return };
            let Some(run) = self.run.as_mut() else { return };
            let Some(chunk) = run.chunks.get_mut(&key) else { return };
            chunk.state = ChunkState::Queued { until_ms };
            let message = ChunkMessage::new(shop_id, run.header.generation, key, chunk.attempt + 1);
            self.changes.chunk_messages.push(message);
            self.changed(key);
        }
    }

    /// The next chunk that is ready: a waiting one, else a newly cut one.
    fn next_ready(&mut self, now_ms: i64) -> Option<ChunkKey> {
        let run = self.run.as_mut()?;
        // Work that needs a closed endpoint waits for it; other work continues.
        let limiter = &self.limiter;
        let is_closed = |run: &Run, stage| limiter.hold_of(now_ms, run.endpoints(stage)).is_some();
        let waiting = run.chunks.values().find(|chunk| {
            let due = matches!(chunk.state, ChunkState::Pending { not_before_ms } if not_before_ms <= now_ms);
            due && run.is_open(chunk.key.stage) && !is_closed(run, chunk.key.stage)
        });
        if let Some(chunk) = waiting {
            return Some(chunk.key);
        }
        let open = [Stage::Campaigns, Stage::Performance].into_iter().find(|stage| run.is_open(*stage))?;
        if is_closed(run, open) {
            return None;
        }
        let key = run.cut_next(open)?;
        self.changed(key);
        Some(key)
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

    /// The next chunk for the consumer that holds a direct run. If no chunk is ready, messages take over.
    pub(crate) fn hand_out(&mut self, event: Event) -> Option<Work> {
        let held = self.limiter.hold(event.now_ms).is_some();
        let run = self.run.as_mut().filter(|run| run.is_active() && run.header.direct_held)?;
        let stopped = held || run.header.paused.is_some();
        let next = if stopped { None } else { self.next_ready(event.now_ms) };
        match next {
            Some(key) => self.lease(event, key),
            None => {
                let run = self.run.as_mut()?;
                run.header.direct_held = false;
                self.touched();
                self.send_messages(event);
                None
            }
        }
    }
}
