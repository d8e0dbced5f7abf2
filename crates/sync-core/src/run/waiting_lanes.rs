//! Lanes that look again: while they wait, no message brings another to their place.

use crate::limits::LANE_MISSED_MS;

/// Until when each lane is expected that looks again, unix milliseconds. Not stored: whoever has forgotten them sends
/// messages.
#[derive(Debug, Default)]
pub(crate) struct WaitingLanes(Vec<i64>);

impl WaitingLanes {
    /// How many are expected.
    pub(crate) fn count(&self, now_ms: i64) -> usize {
        self.0.iter().filter(|until_ms| **until_ms > now_ms).count()
    }

    /// When the first of them counts as lost.
    pub(crate) fn first_missed_ms(&self, now_ms: i64) -> Option<i64> {
        self.0.iter().copied().filter(|until_ms| *until_ms > now_ms).min()
    }

    /// One more waits.
    pub(crate) fn wait(&mut self, now_ms: i64) {
        self.0.retain(|until_ms| *until_ms > now_ms);
        self.0.push(now_ms.saturating_add(LANE_MISSED_MS));
    }

    /// One of them is back. They are alike, so it is the one that was missed first.
    pub(crate) fn back(&mut self, now_ms: i64) {
        if let Some(first) = self.first_missed_ms(now_ms) {
            let index = self.0.iter().position(|until_ms| *until_ms == first);
            index.map(|index| self.0.remove(index));
        }
    }
}
