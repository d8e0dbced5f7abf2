//! How many campaigns the next chunk of a stage contains.

use crate::{ids::Stage, limits::CHUNK_TARGET_MS, settings::Settings};
use serde::{Deserialize, Serialize};

/// The current chunk sizes. They start at the configured size, shrink when chunks are slow or fail, and grow back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkSizes {
    campaigns: u32,
    performance: u32,
}

impl ChunkSizes {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { campaigns: settings.chunk_size, performance: settings.chunk_size }
    }

    /// The size of a stage's next chunk.
    #[must_use]
    pub fn of(&self, stage: Stage) -> u32 {
        let size = if stage == Stage::Campaigns { self.campaigns } else { self.performance };
        size.max(1)
    }

    /// Adapts to a chunk of `size` campaigns that took `duration_ms`: aims at [`CHUNK_TARGET_MS`], shrinks by at most a
    /// half and grows by a quarter.
    pub(crate) fn took(&mut self, settings: &Settings, stage: Stage, size: u32, duration_ms: u64) {
        let present = self.of(stage);
        // A chunk of another size was cut before the size changed, or is the last of its stage: it tells nothing new.
        if size != present {
            return;
        }
        let slow = duration_ms > CHUNK_TARGET_MS * 3 / 2;
        let fast = duration_ms < CHUNK_TARGET_MS / 2;
        if slow {
            let fitting = u64::from(present) * CHUNK_TARGET_MS / duration_ms.max(1);
            let fitting = u32::try_from(fitting).unwrap_or(present);
            self.set(settings, stage, fitting.max(present / 2));
        } else if fast {
            self.set(settings, stage, present.saturating_add(present.div_ceil(4)));
        }
    }

    /// Adapts to a chunk of `size` campaigns that failed in a way that a smaller chunk may avoid.
    pub(crate) fn failed(&mut self, settings: &Settings, stage: Stage, size: u32) {
        if size >= self.of(stage) {
            self.set(settings, stage, self.of(stage) / 2);
        }
    }

    fn set(&mut self, settings: &Settings, stage: Stage, size: u32) {
        let size = size.clamp(settings.chunk_size_min(), settings.chunk_size);
        match stage {
            Stage::Campaigns => self.campaigns = size,
            Stage::Performance => self.performance = size,
            Stage::ShopTotals => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CHUNK_SIZE_MIN;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sizes_stay_in_their_bounds(
            size in 1u32..=150, dynamic: bool, events in proptest::collection::vec((any::<bool>(), 0u64..60_000), 0..60),
        ) {
            let settings = Settings { chunk_size: size, dynamic_chunks: dynamic, ..Settings::default() };
            let mut sizes = ChunkSizes::new(&settings);
            for (fails, duration_ms) in events {
                let present = sizes.of(Stage::Performance);
                if fails {
                    sizes.failed(&settings, Stage::Performance, present);
                } else {
                    sizes.took(&settings, Stage::Performance, present, duration_ms);
                }
                let now = sizes.of(Stage::Performance);
                prop_assert!(now <= size && now >= CHUNK_SIZE_MIN.min(size));
                prop_assert!(dynamic || now == size);
                prop_assert_eq!(sizes.of(Stage::Campaigns), size);
            }
        }
    }

    #[test]
    fn slow_chunks_shrink_and_fast_ones_grow_back() {
        let settings = Settings::default();
        let mut sizes = ChunkSizes::new(&settings);
        let mut after = |duration_ms| {
            let size = sizes.of(Stage::Performance);
            sizes.took(&settings, Stage::Performance, size, duration_ms);
            sizes.of(Stage::Performance)
        };
        assert_eq!([after(9_000), after(9_000), after(9_000)], [50, 25, 25]);
        assert_eq!([after(1_500), after(500), after(500), after(500)], [25, 32, 40, 50]);
        assert_eq!([after(500), after(500), after(500), after(500)], [63, 79, 99, 100]);
    }
}
