//! What a budget write asks for and what it is told.

use super::{money::Money, outcome::WriteOutcome};
use shopee::AdType;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteStep {
    /// Read the campaign's setting.
    Read,
    /// Store the write, and what [`super::CampaignMemory::will_edit`] keeps; then send one edit, and do not repeat it by yourself.
    Edit {
        /// Its reference id, the same at every try.
        reference_id: String,
        /// The wanted budget.
        budget: Money,
        /// Which endpoint.
        ad_type: AdType,
        /// The budget that it replaces.
        old: Money,
    },
    /// Wait, then say [`Observation::Waited`].
    Wait {
        /// How long, in milliseconds.
        ms: i64,
    },
    /// Nothing more. Log it, and tell [`super::CampaignMemory::record`].
    Done(WriteOutcome),
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The campaign's setting as it was read.
    Setting {
        /// The budget; one that is no [`Money`] is a read that failed.
        budget: Money,
        /// `campaign_status`.
        status: String,
        /// `ad_type`.
        ad_type: String,
    },
    /// The read was answered, and Shopee does not know the campaign.
    Missing,
    /// The read was not answered, or not usably.
    ReadFailed {
        /// Why.
        message: String,
    },
    /// The edit was answered without an error.
    EditAccepted,
    /// The edit was refused, and had no effect.
    EditRefused {
        /// Shopee's words.
        message: String,
        /// The same edit will be refused again. Being throttled is not final.
        is_final: bool,
    },
    /// The edit was refused for now, for a reason that takes longer than a write: it had no effect.
    EditDeferred {
        /// Shopee's words.
        message: String,
    },
    /// The edit was refused because its reference id was used before.
    EditDuplicate {
        /// Shopee's words.
        message: String,
    },
    /// Nobody knows whether the edit had an effect: no answer, or one that does not tell.
    EditUnknown {
        /// Why.
        message: String,
    },
    /// The wait is over.
    Waited,
}
