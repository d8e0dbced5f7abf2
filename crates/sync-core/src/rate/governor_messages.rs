//! The messages between shops and their governor.

use super::hold::Hold;
use crate::ids::{AppId, ShopId};
use serde::{Deserialize, Serialize};
use shopee::{Endpoint, ErrorClass};

/// A shop's request for slots.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlotRequest {
    /// The app.
    pub app: AppId,
    /// How many slots the asking caller could use soon: they belong together.
    pub wanted: u32,
    /// How many slots the shop's other callers will ask for meanwhile.
    #[serde(default)]
    pub more: u32,
    /// The earliest useful slot, unix milliseconds.
    pub earliest_ms: i64,
    /// The shop's own spacing between two calls, in milliseconds.
    pub spacing_ms: i64,
    /// The app's maximum rate, in calls a second.
    pub app_calls_per_second: f64,
    /// First pause after a refusal, in seconds.
    pub breaker_seconds: u32,
    /// The endpoint of the first call.
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
    /// Calls outside runs, since a late budget costs money. Turns of runs give way to them.
    First,
    /// Calls of a run: shops take turns.
    #[default]
    Run,
}

/// An endpoint whose day quota is used up, as told to a shop that asks for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// When to ask again, unix milliseconds; neither before nor after is the endpoint called without asking.
    pub until_ms: i64,
    /// Whether this shop may make the trial call.
    pub trial: bool,
}

/// The answer to a request for slots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotReply {
    /// The shop gets these slots.
    Slots {
        /// The slots in rising order, at least one, unix milliseconds.
        at_ms: Vec<i64>,
        /// The shop's share of the app's calls a second.
        share: f64,
        /// Whether the slot is the probe.
        probe: bool,
        /// The closed endpoints; all others may be called.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        closed: Vec<ClosedEndpoint>,
    },
    /// No slots before a time; ask again then.
    Wait {
        /// Until when, and why.
        hold: Hold,
    },
}

/// What a shop reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GovernorReport {
    /// A call was refused because of too many calls.
    Refused {
        /// Says whose limit it was.
        class: ErrorClass,
        /// The wait that Shopee asked for, in seconds.
        retry_after_s: Option<u32>,
        /// The endpoint, if only its day quota is used up.
        #[serde(default)]
        endpoint: Option<Endpoint>,
    },
    /// The probe was answered.
    ProbeSucceeded,
    /// The trial call to an endpoint was answered.
    Opened {
        /// The endpoint.
        endpoint: Endpoint,
    },
}

/// What follows from a report: the hold, and the shops whose slots are void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldNotice {
    /// The hold for every shop of the app: on all calls, or on those to one endpoint.
    pub hold: Hold,
    /// The shops that hold slots, to be told at once; the others learn of the hold when they ask.
    pub shops: Vec<ShopId>,
}
