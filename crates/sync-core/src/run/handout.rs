//! What a lane gets after a commit: its next chunk, or the advice to look again soon.
//!
//! A lane that finds no chunk would end, and a message, which takes up to half a second where consumers are free and
//! much longer where they are not, would start another one a moment later. So it stays while chunks are near, and until
//! it is back no message is sent for its place.

use super::{
    attempt::Work,
    chunk::ChunkState,
    shop::Shop,
    state::{Phase, Run},
};
use crate::{
    event::Event,
    ids::{Generation, Stage},
};
use serde::{Deserialize, Serialize};

/// What a lane does next. It ends if there is no work and it need not look again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Handout {
    /// The next chunk, leased.
    pub work: Option<Box<Work>>,
    /// No chunk is ready, but some will soon be: ask again after [`crate::LOOK_AGAIN_MS`].
    #[serde(default)]
    pub look_again: bool,
}

impl Handout {
    /// This work, or the lane's end.
    pub(crate) fn of(work: Option<Work>) -> Self {
        Self { work: work.map(Box::new), look_again: false }
    }

    /// The work, if there is any.
    pub fn work(&mut self) -> Option<&mut Work> {
        self.work.as_deref_mut()
    }
}

impl Shop {
    /// The next chunk for a lane that was told to look again.
    pub fn next(&mut self, event: Event, generation: Generation) -> Handout {
        if self.active(generation).is_none() {
            return Handout::default();
        }
        self.waiting_lanes.back(event.now_ms);
        self.next_of_lane(event)
    }

    /// A lane that stays if chunks are near.
    pub(crate) fn without_chunk(&mut self, event: Event) -> Handout {
        let look_again = self.run.as_ref().is_some_and(is_near);
        if look_again {
            self.waiting_lanes.wait(event.now_ms);
        }
        Handout { work: None, look_again }
    }
}

/// Whether chunks will soon be ready: somebody lists campaigns, or settings are fetched without which their performance
/// is not.
fn is_near(run: &Run) -> bool {
    let is_leased = |state: &ChunkState| matches!(state, ChunkState::Leased { .. });
    match run.header.phase {
        Phase::Listing => run.header.listing.lease_until_ms.is_some(),
        Phase::Campaigns => run.stage(Stage::Campaigns).any(|chunk| is_leased(&chunk.state)),
        Phase::Performance | Phase::Ended => false,
    }
}
