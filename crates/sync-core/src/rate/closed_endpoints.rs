//! Endpoints whose day quota is used up, as a shop knows them.

use super::{
    governor_messages::ClosedEndpoint,
    hold::{Hold, WaitReason},
};
use crate::{
    ids::ChunkKey,
    limits::{PROBE_LOOK_MS, PROBE_MS_MAX},
};
use compact::SortedMap;
use serde::{Deserialize, Serialize};
use shopee::Endpoint;

/// The call that the governor has allowed to try whether an endpoint is open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Trial {
    /// No call has taken it yet.
    Free,
    /// A call has a slot for it.
    Taken {
        attempt: Option<(ChunkKey, u32)>,
        /// Calls that the attempt had made before.
        answered: u32,
        /// Unix milliseconds.
        slot_ms: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// When to ask the governor again, unix milliseconds.
    until_ms: i64,
    trial: Option<Trial>,
}

/// Whether a shop may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointAccess {
    Free,
    Ask,
    Wait(Hold),
}

/// The closed endpoints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ClosedEndpoints(SortedMap<Endpoint, Entry>);

impl ClosedEndpoints {
    /// Whether a call to an endpoint may go ahead. `reserved_ms` is the slot that the call already holds.
    pub(crate) fn way(&self, now_ms: i64, endpoint: Endpoint, reserved_ms: Option<i64>) -> EndpointAccess {
        let Some(entry) = self.0.get(&endpoint) else { return EndpointAccess::Free };
        let wait =
            |until_ms| EndpointAccess::Wait(Hold { until_ms, reason: WaitReason::EndpointQuota(endpoint) });
        match entry.trial {
            Some(Trial::Taken { slot_ms, .. }) if reserved_ms == Some(slot_ms) => EndpointAccess::Free,
            _ if entry.until_ms <= now_ms => EndpointAccess::Ask,
            Some(Trial::Free) => EndpointAccess::Free,
            // The trial is answered soon, with or without success.
            Some(Trial::Taken { slot_ms, .. }) if now_ms < slot_ms.saturating_add(PROBE_MS_MAX) => {
                wait(entry.until_ms.min(now_ms.saturating_add(PROBE_LOOK_MS)))
            }
            _ => wait(entry.until_ms),
        }
    }

    /// The hold on work that calls these endpoints, if any.
    pub(crate) fn hold(&self, now_ms: i64, endpoints: &[Endpoint]) -> Option<Hold> {
        let closed = endpoints.iter().filter_map(|endpoint| Some((*endpoint, self.0.get(endpoint)?)));
        closed
            .filter(|(_, entry)| entry.until_ms > now_ms && entry.trial != Some(Trial::Free))
            .map(|(endpoint, entry)| Hold {
                until_ms: entry.until_ms,
                reason: WaitReason::EndpointQuota(endpoint),
            })
            .max_by_key(|hold| hold.until_ms)
    }

    /// Marks an endpoint as closed, as the governor reported. A trial that no call has taken is over unless the shop
    /// `has_slots` for it.
    pub(crate) fn close(&mut self, endpoint: Endpoint, until_ms: i64, has_slots: bool) {
        let entry = self.0.entry(endpoint).or_insert(Entry { until_ms, trial: None });
        entry.until_ms = until_ms;
        entry.trial = entry.trial.filter(|trial| has_slots || *trial != Trial::Free);
    }

    /// Marks an endpoint as closed after a refused call. A pending trial has failed.
    pub(crate) fn refused(&mut self, endpoint: Endpoint, until_ms: i64) {
        self.0.insert(endpoint, Entry { until_ms, trial: None });
    }

    /// Takes over the governor's list of closed endpoints; all others are open again.
    pub(crate) fn learn(&mut self, closed: &[ClosedEndpoint]) {
        let known = std::mem::take(&mut self.0);
        self.0.extend(closed.iter().map(|closed| {
            let old = known.get(&closed.endpoint).and_then(|entry| entry.trial);
            let trial = if closed.trial { Some(Trial::Free) } else { old };
            (closed.endpoint, Entry { until_ms: closed.until_ms, trial })
        }));
    }

    /// Records that a call to an endpoint got a slot. If a trial is allowed, this call is the trial.
    pub(crate) fn take(
        &mut self,
        endpoint: Endpoint,
        attempt: Option<(ChunkKey, u32)>,
        answered: u32,
        slot_ms: i64,
    ) {
        if let Some(trial @ Trial::Free) = self.0.get_mut(&endpoint).and_then(|entry| entry.trial.as_mut()) {
            *trial = Trial::Taken { attempt, answered, slot_ms };
        }
    }

    /// Opens the endpoint whose trial matches `is_it`, a call known to have succeeded, and returns it.
    pub(crate) fn opened(
        &mut self,
        is_it: impl Fn(Endpoint, Option<(ChunkKey, u32)>, u32, i64) -> bool,
    ) -> Option<Endpoint> {
        let opened = self.0.iter().find_map(|(endpoint, entry)| match entry.trial {
            Some(Trial::Taken { attempt, answered, slot_ms }) => {
                is_it(*endpoint, attempt, answered, slot_ms).then_some(*endpoint)
            }
            _ => None,
        })?;
        self.0.remove(&opened);
        Some(opened)
    }
}
