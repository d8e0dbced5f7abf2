//! One attempt at a chunk: its input and its outcome.

use super::{chunk::ChunkResult, fetch_policy::FetchPolicy, window::Window};
use crate::{
    ids::{ChunkKey, Generation, Stage},
    job::Kind,
    rate::{
        governor_messages::Precedence,
        hold::Hold,
        permit::{PermitReply, PermitRequest, RateLimits},
    },
};
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

/// Everything a consumer needs to make one attempt at a chunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The run.
    pub generation: Generation,
    /// The chunk.
    pub key: ChunkKey,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the lease ends, unix milliseconds.
    pub lease_until_ms: i64,
    /// The campaigns to fetch; empty for the shop totals.
    pub ids: Vec<i64>,
    /// Calls that the attempt takes if nothing goes wrong.
    pub calls: u32,
    /// Which days to fetch.
    pub window: Window,
    /// What the run syncs.
    pub kind: Kind,
    /// What the run leaves out.
    #[serde(default)]
    pub fetch: FetchPolicy,
    /// Part of a direct run: its chunk has no row of its own in the queue table.
    pub direct: bool,
    /// Whether the chunk is given up if this attempt fails.
    #[serde(default)]
    pub is_last: bool,
    /// For a chunk of settings that was cut after a complete listing: the part of the listing for which it speaks.
    #[serde(default)]
    pub listed: Option<ListedPart>,
    /// The answers to the questions for the permits of its calls, as far as they came with the work.
    #[serde(default)]
    pub permits: Vec<(Endpoint, PermitReply)>,
}

impl Work {
    /// The questions for the permits of the calls with which an attempt begins, all at the same time.
    #[must_use]
    pub fn first_calls(&self, rate_limits: RateLimits) -> Vec<PermitRequest> {
        let endpoints: &[Endpoint] = match self.key.stage {
            Stage::Campaigns => &[Endpoint::CampaignSettings],
            Stage::Performance if self.window.hourly.is_empty() => &[Endpoint::CampaignDaily],
            Stage::Performance => &[Endpoint::CampaignDaily, Endpoint::CampaignHourly],
            Stage::ShopTotals => &[Endpoint::ShopDaily],
        };
        let question = |(before, endpoint): (u32, &Endpoint)| PermitRequest {
            generation: Some(self.generation),
            attempt: Some((self.key, self.attempt)),
            wanted: self.calls.saturating_sub(before).max(1),
            answered: 0,
            rate_limits,
            reserved_ms: None,
            endpoint: Some(*endpoint),
            precedence: Precedence::Run,
        };
        (0..).zip(endpoints).map(question).collect()
    }
}

/// What a complete listing says about a range of ids. A campaign that is stored in this range and is not among these
/// has left the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPart {
    /// The first id of the range.
    pub first: i64,
    /// The last id of the range.
    pub last: i64,
    /// The listed campaigns, which other chunks may have fetched.
    pub ids: Vec<i64>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFailure {
    /// Decides what happens next.
    pub class: ErrorClass,
    /// The error, for people.
    pub message: String,
    /// The wait that Shopee asked for, in seconds.
    pub retry_after_s: Option<u32>,
    /// Calls to Shopee that this attempt made.
    pub calls: u32,
    /// The endpoint that was called; `None` if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
}

impl AttemptFailure {
    /// Whether no further attempt of this run can help.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.class, ErrorClass::FatalConfiguration | ErrorClass::Reconsent)
    }

    /// Whether Shopee refused because of too many calls: the work waits, and it has not failed.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        matches!(self.class, ErrorClass::PauseShop | ErrorClass::PauseApp | ErrorClass::PauseUntilQuotaDay)
    }
}

/// The outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The data is in Postgres.
    Done {
        /// What the attempt did.
        result: ChunkResult,
        /// For a chunk of settings: the campaigns whose performance is to be fetched. `None`: all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spenders: Option<Vec<i64>>,
    },
    /// The attempt failed; nothing is known to be written.
    Failed {
        /// Why.
        failure: AttemptFailure,
    },
    /// No permit was available soon: the work waits.
    Deferred {
        /// Until when, and why.
        hold: Hold,
        /// Calls made before that.
        calls: u32,
    },
    /// Postgres refused the write: an operator has reset the shop, or a newer run exists.
    Fenced,
}
