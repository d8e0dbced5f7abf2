//! Faults: what goes wrong, and for which calls.

use crate::data::draw::Draw;
use crate::limits::{DELAY_MS_MAX, FAULTS_MAX};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A fault, as set and as shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls it hits; all if empty.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// What happens to them.
    pub kind: Kind,
    /// HTTP status: needed for "status" and "apply_then_status"; "error" has 200 and "html" 502 without it.
    pub status: Option<u16>,
    /// The platform's error code: needed for "error".
    pub code: Option<String>,
    /// Its message; of "leave_out": the answer's warning.
    pub message: Option<String>,
    /// How many calls it hits; any number if absent.
    pub times: Option<u32>,
    /// The share of the calls it hits, above 0 and up to 1. Not together with `times`.
    pub probability: Option<f64>,
    /// How long a call is held by "timeout" and "apply_then_timeout", in milliseconds; 60,000 if absent.
    pub hold_ms: Option<u64>,
    /// Of "status": a base address; the answer redirects to the call's path and query there, as an edge that moves hosts does.
    pub location: Option<String>,
    /// Of "drift": the name of a field; the objects that have it are changed.
    pub beside: Option<String>,
    /// Of "drift": the field that these objects get.
    pub field: Option<String>,
    /// Its value; without one the field is removed.
    pub value: Option<Value>,
    /// How many calls it has hit. Shown only.
    #[serde(default, skip_deserializing)]
    pub hits: u32,
}

/// Which calls a fault hits: those that match everything given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The path after `/api/v2/`, or its last part.
    pub endpoint: Option<String>,
    /// The shop in the call.
    pub shop: Option<u64>,
    /// At least one of these is among the campaigns in the call.
    pub ids: Option<Vec<i64>>,
}

/// Ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The status and no body. Nothing is done.
    Status,
    /// An error of the platform. Nothing is done.
    Error,
    /// No answer for a long time, then the connection closes. Nothing is done.
    Timeout,
    /// The connection closes at once. Nothing is done.
    Drop,
    /// The call is served; half of the answer arrives, then the connection closes.
    Truncated,
    /// A page of the kind that gateways send. Nothing is done.
    Html,
    /// The call is served, then as "timeout".
    ApplyThenTimeout,
    /// The call is served, then as "status".
    ApplyThenStatus,
    /// The call is served; in the answer, a field of some objects differs from the documentation. With
    /// `match.ids` only within the rows of those campaigns; without, also beside the fields of the envelope.
    Drift,
    /// The call is served; the answer lacks the rows of the campaigns in `match.ids`, or all if there are none.
    LeaveOut,
}

impl Kind {
    /// It affects the connection, so that there must be one.
    pub fn needs_connection(self) -> bool {
        matches!(self, Self::Timeout | Self::Drop | Self::Truncated | Self::ApplyThenTimeout)
    }
}

impl Fault {
    /// A fault that hits every call.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            matches: Match::default(),
            kind,
            status: None,
            code: None,
            message: None,
            times: None,
            probability: None,
            hold_ms: None,
            location: None,
            beside: None,
            field: None,
            value: None,
            hits: 0,
        }
    }

    fn hits(&self, endpoint: &str, shop: Option<u64>, ids: &[i64]) -> bool {
        let wanted = &self.matches;
        wanted.endpoint.as_deref().is_none_or(|name| names(name, endpoint))
            && wanted.shop.is_none_or(|wanted| shop == Some(wanted))
            && wanted.ids.as_ref().is_none_or(|wanted| {
                // A call for the list of campaigns names none.
                let is_list = self.kind == Kind::LeaveOut && ids.is_empty();
                is_list || ids.iter().any(|id| wanted.contains(id))
            })
    }

    fn check(&self) -> Result<(), String> {
        let text = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= 1_000);
        let known = |name: &String| crate::endpoint::ALL.iter().any(|each| names(name, each.name()));
        let checks = [
            (self.matches.endpoint.as_ref().is_none_or(known), "match.endpoint: no such endpoint"),
            (
                !matches!(self.kind, Kind::Status | Kind::ApplyThenStatus) || self.status.is_some(),
                "status: missing, as kind is \"status\" or \"apply_then_status\"",
            ),
            (self.kind != Kind::Error || self.code.is_some(), "code: missing, as kind is \"error\""),
            (
                self.status.is_none_or(|status| (200..=599).contains(&status)),
                "status: allowed are 200 to 599",
            ),
            (
                self.kind != Kind::Drift || (self.beside.is_some() && self.field.is_some()),
                "beside, field: missing, as kind is \"drift\"",
            ),
            (
                self.location.as_ref().is_none_or(|address| {
                    self.kind == Kind::Status && axum::http::HeaderValue::from_str(address).is_ok()
                }),
                "location: only where kind is \"status\", a base address",
            ),
            (self.code.as_ref().is_none_or(|code| !code.is_empty()), "code: must not be empty"),
            (text(&self.code), "code: at most 1000 bytes"),
            (text(&self.message), "message: at most 1000 bytes"),
            (self.times != Some(0), "times: allowed are 1 or more"),
            (
                self.probability.is_none_or(|share| share > 0.0 && share <= 1.0),
                "probability: allowed are numbers above 0 and up to 1",
            ),
            (self.times.is_none() || self.probability.is_none(), "times: not together with probability"),
            (self.hold_ms.is_none_or(|hold| hold <= DELAY_MS_MAX), "hold_ms: allowed are 0 to 600000"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err((*reason).to_owned()),
            None => Ok(()),
        }
    }
}

/// Whether a name is that of an endpoint, in full or without its module.
fn names(name: &str, endpoint: &str) -> bool {
    name == endpoint || endpoint.split_once('/').is_some_and(|(_, short)| name == short)
}

/// All faults; the first that hits a call applies.
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault; the error names the field and what is allowed.
    pub fn add(&mut self, fault: Fault) -> Result<(), String> {
        fault.check()?;
        if self.0.len() >= FAULTS_MAX {
            return Err(format!("faults: at most {FAULTS_MAX} at a time"));
        }
        self.0.push(fault);
        Ok(())
    }

    /// All of them, with their hits.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that hits a call. Chance is determined by the call's number, so that a run can be repeated. Without a connection
    /// the faults that need one hit nothing.
    pub fn strike(
        &mut self,
        number: u64,
        endpoint: &str,
        shop: Option<u64>,
        ids: &[i64],
        connection: bool,
    ) -> Option<Fault> {
        let place = self.0.iter().enumerate().position(|(place, fault)| {
            let is_spared =
                |share: f64| Draw::new([number, place as u64]).below(1_000_000) as f64 >= share * 1e6;
            (connection || !fault.kind.needs_connection())
                && fault.times.is_none_or(|times| fault.hits < times)
                && fault.hits(endpoint, shop, ids)
                && !fault.probability.is_some_and(is_spared)
        })?;
        let fault = self.0.get_mut(place)?;
        fault.hits += 1;
        Some(fault.clone())
    }
}
