//! A shop's single alarm, set to whatever is due next.

use super::{
    attempt::AttemptFailure,
    chunk::{Chunk, ChunkState},
    dispatch::is_due,
    shop::Shop,
    state::{LISTING, Phase},
};
use crate::{
    event::Event,
    ids::{ChunkKey, Stage},
    limits::RUN_MS_MAX,
};
use shopee::ErrorClass;

impl Shop {
    /// Handles the passing of time: hands out chunks with expired leases or lost messages again, and ends waits that
    /// are over.
    pub fn alarm(&mut self, event: Event) {
        self.end_of_life(event);
        self.revive_listing(event);
        self.expire(event);
        self.advance(event);
    }

    /// When `alarm` or a projection is next due, in unix milliseconds. `None` when the shop is idle.
    ///
    /// Call it after `alarm` has run for the same `now_ms`: every chunk that could be sent by then has been sent, and a
    /// chunk that only waits for a place in the window is sent by the commit that frees the place, or is for a lane that
    /// looks again.
    #[must_use]
    pub fn next_alarm_ms(&self, now_ms: i64) -> Option<i64> {
        let run = self.run.as_ref().filter(|run| !run.is_closed())?;
        let header = &run.header;
        let projection = header.projection_due_ms();
        if !run.is_active() {
            return projection;
        }
        let end = Some(header.started_ms.saturating_add(RUN_MS_MAX));
        let hold_of = |endpoints| self.limiter.hold_of(now_ms, endpoints).map(|hold| hold.until_ms);
        let stopped = header.paused.is_some();
        let listing = if header.phase == Phase::Listing {
            header.listing.due_ms(stopped, hold_of(LISTING))
        } else {
            None
        };
        let leases = run.chunks.values().filter_map(|chunk| match chunk.state {
            ChunkState::Queued { until_ms, .. } | ChunkState::Leased { until_ms } => Some(until_ms),
            ChunkState::Pending { not_before_ms } if !stopped && run.is_workable(chunk) => {
                let hold = hold_of(run.endpoints(chunk.key.stage));
                Some(not_before_ms.max(hold.unwrap_or(i64::MIN))).filter(|at| *at > now_ms)
            }
            _ => None,
        });
        let uncut = [Stage::Campaigns, Stage::Performance]
            .into_iter()
            .filter(|stage| !stopped && run.ready(*stage) > 0)
            .filter_map(|stage| hold_of(run.endpoints(stage)));
        let missed = self.missed_ms(now_ms);
        leases.chain(listing).chain(projection).chain(uncut).chain(missed).chain(end).min()
    }

    /// When a lane that looks again counts as lost, if a chunk is left for it.
    fn missed_ms(&self, now_ms: i64) -> Option<i64> {
        let run = self.run.as_ref().filter(|run| run.header.paused.is_none())?;
        let is_uncut = |stage| run.ready(stage) > 0;
        let is_left = is_uncut(Stage::Campaigns)
            || is_uncut(Stage::Performance)
            || run.chunks.values().any(|chunk| is_due(run, chunk, now_ms));
        self.waiting_lanes.first_missed_ms(now_ms).filter(|_| is_left)
    }

    fn expire(&mut self, event: Event) {
        let Some(run) = self.run.as_ref().filter(|run| run.is_active()) else { return };
        let lost: Vec<(ChunkKey, bool)> =
            run.chunks.values().filter_map(|chunk| lost(chunk, event.now_ms)).collect();
        if lost.is_empty() {
            return;
        }
        for (key, was_leased) in lost {
            if was_leased {
                let message = "the attempt gave no answer within its lease".to_owned();
                let failure = AttemptFailure {
                    class: ErrorClass::Retry,
                    message,
                    retry_after_s: None,
                    calls: 0,
                    endpoint: None,
                };
                self.failed(event, key, &failure);
            } else {
                if let Some(chunk) = self.run.as_mut().and_then(|run| run.chunks.get_mut(&key)) {
                    chunk.state = ChunkState::Pending { not_before_ms: event.now_ms };
                }
                self.changed(key);
            }
        }
        if let Some(run) = self.run.as_mut() {
            run.header.direct_held = false;
        }
    }

    /// Fails a run that has waited or been paused for too long, and names what it waits for.
    fn end_of_life(&mut self, event: Event) {
        let Some(run) = self.run.as_ref().filter(|run| run.is_active()) else { return };
        if event.now_ms.saturating_sub(run.header.started_ms) < RUN_MS_MAX {
            return;
        }
        let hours = RUN_MS_MAX / 3_600_000;
        let hold = self.held(event.now_ms).map_or("", |hold| hold.reason.text());
        let wait = if run.header.paused.is_some() { "paused by an operator" } else { hold };
        let last = if wait.is_empty() { String::new() } else { format!(", last: {wait}") };
        self.fail(event.now_ms, format!("the run did not end within {hours} hours{last}"));
    }
}

/// A chunk whose message or consumer is lost; true if it was leased.
fn lost(chunk: &Chunk, now_ms: i64) -> Option<(ChunkKey, bool)> {
    match chunk.state {
        ChunkState::Queued { until_ms, .. } if until_ms <= now_ms => Some((chunk.key, false)),
        ChunkState::Leased { until_ms } if until_ms <= now_ms => Some((chunk.key, true)),
        _ => None,
    }
}
