//! The one alarm of a shop: whatever is next in time.

use crate::{
    chunk::ChunkState,
    commit::{Failure, after_failure},
    run::Phase,
    shop::{Event, Shop},
};
use shopee::ErrorClass;

impl Shop {
    /// Time has passed: expired leases and lost messages are given out again, waits that are over end.
    pub fn alarm(&mut self, event: Event) {
        self.revive_listing(event);
        self.expire(event);
        self.advance(event);
    }

    /// When `alarm` or a projection is next due, in unix milliseconds. `None` when the shop is at rest.
    ///
    /// To be asked after `alarm` ran for the same `now_ms`: a chunk that could have been sent by then has been,
    /// and one that only waits for a place in the window is sent by the commit that frees the place.
    #[must_use]
    pub fn next_alarm_ms(&self, now_ms: i64) -> Option<i64> {
        let run = self.run.as_ref().filter(|run| !run.is_closed())?;
        let header = &run.header;
        let listing = (header.phase == Phase::Listing).then(|| {
            [header.listing.lease_until_ms, header.listing.resend_at_ms].into_iter().flatten().min()
        });
        let chunks = run.chunks.iter().filter_map(|chunk| match chunk.state {
            ChunkState::Queued { until_ms } | ChunkState::Leased { until_ms } => Some(until_ms),
            ChunkState::Pending { not_before_ms }
                if not_before_ms > now_ms && run.is_open(chunk.key.stage) =>
            {
                Some(not_before_ms)
            }
            _ => None,
        });
        chunks.chain(listing.flatten()).chain(header.projection_due_ms()).min()
    }

    fn expire(&mut self, event: Event) {
        let Some(run) = self.run.as_mut().filter(|run| run.is_active()) else { return };
        let max_attempts = run.header.settings.max_attempts;
        let rev = run.header.rev + 1;
        let mut lost = Vec::new();
        for (position, chunk) in run.chunks.iter_mut().enumerate() {
            match chunk.state {
                ChunkState::Queued { until_ms } if until_ms <= event.now_ms => {
                    chunk.state = ChunkState::Pending { not_before_ms: event.now_ms };
                }
                ChunkState::Leased { until_ms } if until_ms <= event.now_ms => {
                    let message = "the attempt gave no answer within its lease".to_owned();
                    let failure =
                        Failure { class: ErrorClass::Retry, message, retry_after_s: None, calls: 0 };
                    chunk.state = after_failure(event, chunk.attempt, max_attempts, &failure);
                    chunk.last_error = Some(failure.message);
                }
                _ => continue,
            }
            chunk.rev = rev;
            lost.push(position);
        }
        if !lost.is_empty() {
            run.header.direct_held = false;
            run.touch();
            self.changes.header = true;
            self.changes.chunks.extend(lost);
        }
    }
}
