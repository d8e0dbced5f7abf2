//! What `ShopSync` can be asked, as it travels between a consumer and the object.

use serde::{Deserialize, Serialize};
use sync_core::{Begin, ChunkKey, Failure, Generation, ListedPage, Outcome, ShopId};

/// A command with the shop it is for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// The shop; the object is named after it.
    pub shop_id: ShopId,
    /// What to do.
    pub command: Command,
}

/// One command; each method of `sync_core::Shop` has its own. Repeating one is harmless.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    Begin {
        request: Begin,
    },
    ClaimListing {
        generation: Generation,
    },
    Page {
        generation: Generation,
        attempt: u32,
        page: ListedPage,
    },
    ListingFailed {
        generation: Generation,
        attempt: u32,
        failure: Failure,
    },
    Claim {
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
    },
    Commit {
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: Outcome,
    },
    Cancel {
        generation: Generation,
        reason: String,
    },
    /// Look at the clock: an alarm may have been lost. Answers with the view.
    Wake,
    /// The run as it stands.
    View,
}
