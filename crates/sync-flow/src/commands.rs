//! What objects can be asked, as it travels. Repeating a command is harmless.

use serde::{Deserialize, Serialize};
use std::fmt;
use sync_core::{
    AttemptFailure, AttemptOutcome, Begin, ChunkKey, Generation, GovernorReport, Hold, ListedPage,
    PermitRequest, RunAction, ShopId, SlotRequest,
};

/// A command with the shop that it is for or from. The object of a shop is named after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<C> {
    /// The shop.
    pub shop_id: ShopId,
    /// What to do.
    pub command: C,
}

/// What `ShopSync` can be asked; most are a method of `sync_core::Shop`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// `Shop::begin`
    Begin {
        /// The job.
        request: Begin,
    },
    /// `Shop::claim_listing`
    ClaimListing {
        /// The run.
        generation: Generation,
    },
    /// `Shop::page`
    Page {
        /// The run.
        generation: Generation,
        /// The listing's attempt.
        attempt: u32,
        /// The page.
        page: ListedPage,
    },
    /// `Shop::listing_failed`
    ListingFailed {
        /// The run.
        generation: Generation,
        /// The listing's attempt.
        attempt: u32,
        /// Why.
        failure: AttemptFailure,
    },
    /// `Shop::listing_deferred`
    ListingDeferred {
        /// The run.
        generation: Generation,
        /// The listing's attempt.
        attempt: u32,
        /// Until when.
        hold: Hold,
    },
    /// `Shop::claim`
    Claim {
        /// The run.
        generation: Generation,
        /// The chunk.
        key: ChunkKey,
        /// The attempt.
        attempt: u32,
    },
    /// `Shop::commit`
    Commit {
        /// The run.
        generation: Generation,
        /// The chunk.
        key: ChunkKey,
        /// The attempt.
        attempt: u32,
        /// What became of it.
        outcome: AttemptOutcome,
    },
    /// `Shop::permit`, with the governor asked where that is needed. Never answers `SlotRequest`.
    Permit {
        /// The call.
        request: PermitRequest,
    },
    /// `Shop::hold`: the governor voids the shop's slots.
    Hold {
        /// Until when.
        hold: Hold,
    },
    /// A call outside runs was answered: `Shop::throttled` where there were too many, else `Shop::slot_answered`.
    Answered {
        /// The call's slot, unix milliseconds.
        slot_ms: i64,
        /// What Shopee said, if it was no success.
        failure: Option<AttemptFailure>,
    },
    /// An access token that works. See `object::custody`.
    Token {
        /// The fingerprint of a token that the platform has refused.
        refused: Option<String>,
        /// The slot of the call that it has refused, unix milliseconds.
        #[serde(default)]
        slot_ms: Option<i64>,
    },
    /// A seller has consented: take the pair into custody. See `object::custody`.
    Adopt {
        /// The new pair.
        consent: NewConsent,
    },
    /// `Shop::cancel`
    Cancel {
        /// The run.
        generation: Generation,
        /// Why.
        reason: String,
    },
    /// `Shop::request`
    Request {
        /// The run.
        generation: Generation,
        /// What is wanted.
        verb: RunAction,
        /// Who wants it.
        by: String,
    },
    /// `Shop::may`
    May {
        /// The run.
        generation: Generation,
        /// What is wanted.
        verb: RunAction,
    },
    /// Look at the clock: an alarm may have been lost. Answers with the view.
    Wake,
    /// The run as it stands.
    View,
}

/// What `AppGovernor` can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppCommand {
    /// `Governor::ask`
    Ask {
        /// The question.
        ask: SlotRequest,
    },
    /// `Governor::report`; the shops that hold slots are told at once.
    Report {
        /// What was seen.
        report: GovernorReport,
    },
    /// The state, for people.
    View,
}

/// Tokens from a seller's consent, on their way to the shop's object. `Debug` shows none.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewConsent {
    /// For calls; none after the consent of a main account, whose token is no shop's.
    pub access_token: Option<String>,
    /// For one refresh.
    pub refresh_token: String,
    /// End of the access token, unix milliseconds.
    pub expires_at_ms: i64,
}

impl fmt::Debug for NewConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewConsent").field("expires_at_ms", &self.expires_at_ms).finish_non_exhaustive()
    }
}

/// The answer to [`Command::Token`] and [`Command::Adopt`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenReply {
    /// Use this.
    Token {
        /// The access token.
        access_token: String,
    },
    /// The refresh waits for a permit.
    Wait {
        /// Until when.
        hold: Hold,
    },
    /// The refresh failed.
    Failed {
        /// Why; re-consent is a class.
        failure: AttemptFailure,
    },
}
