//! Asking for the right to make one call, and the answer.

use super::{
    governor_messages::{Precedence, SlotRequest},
    hold::Hold,
};
use crate::ids::{AppId, ChunkKey, Generation};
use serde::{Deserialize, Serialize};
use shopee::Endpoint;

/// The rates under which a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateLimits {
    /// The partner app whose calls are counted.
    pub app: AppId,
    /// Most calls a second of the shop.
    pub shop_calls_per_second: f64,
    /// Most calls a second of the app.
    pub app_calls_per_second: f64,
    /// First pause after the platform has refused the app, in seconds.
    pub breaker_seconds: u32,
}

/// A consumer wants to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PermitRequest {
    /// The run it works for; none outside runs.
    pub generation: Option<Generation>,
    /// The chunk and the attempt at it, whose lease begins anew with each permit; none outside chunks.
    pub attempt: Option<(ChunkKey, u32)>,
    /// How many more calls are expected, this one included.
    pub wanted: u32,
    /// How many calls were made before, all answered.
    pub answered: u32,
    /// The rates.
    #[serde(rename = "terms")]
    pub rate_limits: RateLimits,
    /// The slot that an earlier answer has reserved for this call, unix milliseconds.
    pub reserved_ms: Option<i64>,
    /// What is called.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Whether it comes before the calls of runs.
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
    /// The app's slots are used up: ask the governor, give its answer to [`Shop::granted`](crate::Shop::granted), then ask again.
    Ask {
        /// The question.
        ask: SlotRequest,
    },
    /// No call before a time; then ask again.
    Wait {
        /// Until when, and why.
        hold: Hold,
        /// The slot that is kept for this call, if there is one.
        reserved_ms: Option<i64>,
    },
    /// The run is over: give up.
    Stale,
}
