//! The commands to objects, in serialized form. Repeating a command is harmless.

use serde::{Deserialize, Serialize};
use std::fmt;
use sync_core::{
    AttemptFailure, AttemptOutcome, Begin, ChunkKey, Generation, GovernorReport, Hold, ListedPage,
    PermitRequest, RateLimits, RunAction, ShopId, SlotRequest,
};

/// A command with the shop for or from which it is sent. A shop's object is named after the shop.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<C> {
    /// The shop.
    pub shop_id: ShopId,
    /// What to do.
    pub command: C,
}

/// The commands to `ShopSync`; most call a method of `sync_core::Shop`.
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
    /// `Shop::claim`; the work comes with the permit for its first call.
    Claim {
        /// The run.
        generation: Generation,
        /// The chunk.
        key: ChunkKey,
        /// The attempt.
        attempt: u32,
        /// The rates of the shop's calls, if they are known.
        #[serde(default)]
        rate_limits: Option<RateLimits>,
    },
    /// `Shop::commit`; the next work comes with the permit for its first call.
    Commit {
        /// The run.
        generation: Generation,
        /// The chunk.
        key: ChunkKey,
        /// The attempt.
        attempt: u32,
        /// The outcome.
        outcome: AttemptOutcome,
        /// Set if the consumer goes on with another chunk: the rates of the shop's calls.
        #[serde(default)]
        goes_on: Option<RateLimits>,
    },
    /// `Shop::next`; the work comes with the permit for its first call.
    Next {
        /// The run.
        generation: Generation,
        /// The rates of the shop's calls.
        rate_limits: RateLimits,
    },
    /// `Shop::permit`, asking the governor if needed. Never answers `PermitReply::Ask`.
    Permit {
        /// The call.
        request: PermitRequest,
    },
    /// `Shop::hold`: the governor voids the shop's slots.
    Hold {
        /// Until when.
        hold: Hold,
    },
    /// A call outside runs was answered: `Shop::throttled` after too many calls, else `Shop::slot_answered`.
    Answered {
        /// The call's slot, unix milliseconds.
        slot_ms: i64,
        /// Shopee's failure, if any.
        failure: Option<AttemptFailure>,
    },
    /// Asks for a valid access token. See `object::token_refresh`.
    Token {
        /// The fingerprint of a token that Shopee has refused.
        refused: Option<String>,
        /// The slot of the call in which it was refused, unix milliseconds.
        #[serde(default)]
        slot_ms: Option<i64>,
    },
    /// A seller has consented: take custody of the pair. See `object::token_refresh`.
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
        /// The verb.
        verb: RunAction,
        /// Who asks.
        by: String,
    },
    /// `Shop::may`
    May {
        /// The run.
        generation: Generation,
        /// The verb.
        verb: RunAction,
    },
    /// Check the time, since an alarm may have been lost. Answers with the view.
    Wake,
    /// The current state of the run.
    View,
}

/// The commands to `AppGovernor`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppCommand {
    /// `Governor::ask`
    Ask {
        /// The question.
        ask: SlotRequest,
    },
    /// `Governor::report`; shops that hold slots are told at once.
    Report {
        /// The report.
        report: GovernorReport,
    },
    /// The state, for people.
    View,
}

/// Tokens from a seller's consent, on their way to the shop's object. `Debug` hides them.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewConsent {
    /// For calls; `None` after the consent of a main account, whose token belongs to no shop.
    pub access_token: Option<String>,
    /// For one refresh.
    pub refresh_token: String,
    /// When the access token expires, unix milliseconds.
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
    /// Use this token.
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
        /// The reason; its class may be re-consent.
        failure: AttemptFailure,
    },
}
