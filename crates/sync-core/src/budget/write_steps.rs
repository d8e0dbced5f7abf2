//! The steps that a budget write asks for, and its observations.

use super::{money::Money, outcome::WriteOutcome};
use shopee::AdType;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteStep {
    /// Read the campaign's setting.
    Read,
    /// Store the write and what [`super::CampaignMemory::will_edit`] keeps, then send one edit without repeating it.
    Edit {
        /// The edit's reference id, the same for every try.
        reference_id: String,
        /// The wanted budget.
        budget: Money,
        /// Selects the endpoint.
        ad_type: AdType,
        /// The budget that it replaces.
        old: Money,
    },
    /// Wait, then report [`Observation::Waited`].
    Wait {
        /// How long, in milliseconds.
        ms: i64,
    },
    /// The write is over. Log the outcome and pass it to [`super::CampaignMemory::record`].
    Done(WriteOutcome),
}

/// What was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The campaign's setting as read.
    Setting {
        /// The budget; a value that is not a [`Money`] is a failed read.
        budget: Money,
        /// `campaign_status`.
        status: String,
        /// `ad_type`.
        ad_type: String,
    },
    /// The read was answered, but Shopee does not know the campaign.
    Missing,
    /// The read had no usable answer.
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
        /// Whether the same edit would be refused again. Throttling is not final.
        is_final: bool,
    },
    /// The edit was refused for now, for longer than a write takes; it had no effect.
    EditDeferred {
        /// Shopee's words.
        message: String,
    },
    /// The edit was refused because its reference id was used before.
    EditDuplicate {
        /// Shopee's words.
        message: String,
    },
    /// The edit may have had an effect: there was no answer, or one that does not tell.
    EditUnknown {
        /// Why.
        message: String,
    },
    /// The wait is over.
    Waited,
}
