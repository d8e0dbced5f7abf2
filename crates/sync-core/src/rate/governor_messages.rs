//! What shops ask and tell their governor, and what it answers.

use super::hold::Hold;
use crate::ids::{AppId, ShopId};
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

/// A shop needs slots.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotRequest {
    /// The app.
    pub app: AppId,
    /// How many slots the shop could use soon.
    pub wanted: u32,
    /// No slot before this is of use, unix milliseconds.
    pub earliest_ms: i64,
    /// The shop's own time between two calls, in milliseconds.
    pub spacing_ms: i64,
    /// Most calls a second of the app.
    pub app_calls_per_second: f64,
    /// First pause after a refusal, in seconds.
    pub breaker_seconds: u32,
    /// What is to be called first.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Whose calls come first.
    #[serde(default)]
    pub precedence: Precedence,
}

/// Whose calls come first where the app's calls are scarce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precedence {
    /// Calls outside runs: a budget that is not set in time costs money. Turns of runs give way to them.
    First,
    /// Calls of a run: shops take turns.
    #[default]
    Run,
}

/// An endpoint whose calls of the day are used up, for a shop that asks for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Not called without asking again before this, nor after it, unix milliseconds.
    pub until_ms: i64,
    /// This shop may make the one call that tries it.
    pub trial: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotReply {
    /// These slots are the shop's.
    Slots {
        /// Rising, at least one, unix milliseconds.
        at_ms: Vec<i64>,
        /// The shop's share of the app's calls a second.
        share: f64,
        /// The slot is the one call that tries whether the platform takes calls again.
        probe: bool,
        /// What may not be called; everything else may.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        closed: Vec<ClosedEndpoint>,
    },
    /// No slots before a time; then ask again.
    Wait {
        /// Until when, and why.
        hold: Hold,
    },
}

/// What a shop has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GovernorReport {
    /// A call was refused because there were too many.
    Refused {
        /// Whose limit it was.
        class: ErrorClass,
        /// The wait that the platform asked for, in seconds.
        retry_after_s: Option<u32>,
        /// What was called, if only its calls of the day are used up.
        #[serde(default)]
        endpoint: Option<Endpoint>,
    },
    /// The probe was answered.
    ProbeSucceeded,
    /// The call that tried an endpoint was answered.
    Opened {
        /// The endpoint.
        endpoint: Endpoint,
    },
}

/// What follows from a report: shops whose slots are void, and until when nobody calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldNotice {
    /// For every shop of the app: every call, or those to one endpoint.
    pub hold: Hold,
    /// The shops that hold slots, to be told at once; the others hear it when they ask.
    pub shops: Vec<ShopId>,
}
