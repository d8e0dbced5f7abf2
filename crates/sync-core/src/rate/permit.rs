//! Requests for permits and their answers.

use super::{
    governor_messages::{Precedence, SlotRequest},
    hold::Hold,
};
use crate::ids::{AppId, ChunkKey, Generation};
use serde::{Deserialize, Serialize};
use shopee::Endpoint;

/// The rates that apply to a call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateLimits {
    /// The partner app that makes the call.
    pub app: AppId,
    /// The shop's maximum rate, in calls a second.
    pub shop_calls_per_second: f64,
    /// The app's maximum rate, in calls a second.
    pub app_calls_per_second: f64,
    /// First pause after Shopee has refused the app, in seconds.
    pub breaker_seconds: u32,
}

/// A consumer's request to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermitRequest {
    /// The run that the call is for; `None` outside runs.
    pub generation: Option<Generation>,
    /// The chunk and its attempt, whose lease begins anew with each permit; `None` outside chunks.
    pub attempt: Option<(ChunkKey, u32)>,
    /// How many more calls are expected, including this one.
    pub wanted: u32,
    /// How many calls were made before; all of them were answered.
    pub answered: u32,
    /// The rates.
    #[serde(rename = "terms")]
    pub rate_limits: RateLimits,
    /// The slot that an earlier answer reserved for this call, unix milliseconds.
    pub reserved_ms: Option<i64>,
    /// The endpoint to call.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Whether the call precedes the calls of runs.
    #[serde(default)]
    pub precedence: Precedence,
}

/// The answer to a request for a permit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitReply {
    /// Make the call at this time.
    Go {
        /// Unix milliseconds, at most [`PERMIT_NEAR_MS`](crate::PERMIT_NEAR_MS) ahead.
        at_ms: i64,
    },
    /// The app's slots are used up: ask the governor, pass its answer to [`Shop::granted`](crate::Shop::granted), then ask again.
    Ask {
        /// The question.
        ask: SlotRequest,
    },
    /// No call before a time; ask again then.
    Wait {
        /// Until when, and why.
        hold: Hold,
        /// The slot reserved for this call, if any.
        reserved_ms: Option<i64>,
    },
    /// The run is over: give up.
    Stale,
}
