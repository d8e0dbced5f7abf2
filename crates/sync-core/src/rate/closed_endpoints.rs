//! ClosedEndpoints whose calls of the day are used up, as a shop knows them.

use super::{
    governor_messages::ClosedEndpoint,
    hold::{Hold, WaitReason},
};
use crate::{
    ids::ChunkKey,
    limits::{PROBE_LOOK_MS, PROBE_MS_MAX},
};
use serde::{Deserialize, Serialize};
use shopee::Endpoint;
use std::collections::BTreeMap;

/// The call that the governor has allowed in order to try whether an endpoint takes calls again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Trial {
    /// Nobody has taken it yet.
    Free,
    /// Somebody has a slot for it.
    Taken {
        attempt: Option<(ChunkKey, u32)>,
        /// Calls that were made before.
        answered: u32,
        /// Unix milliseconds.
        slot_ms: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// When the governor is to be asked again, unix milliseconds.
    until_ms: i64,
    trial: Option<Trial>,
}

/// What a shop may do with an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointAccess {
    Free,
    Ask,
    Wait(Hold),
}

/// The closed endpoints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ClosedEndpoints(BTreeMap<Endpoint, Entry>);

impl ClosedEndpoints {
    /// What a call to an endpoint may do; `reserved_ms`: the slot that it has already.
    pub(crate) fn way(&self, now_ms: i64, endpoint: Endpoint, reserved_ms: Option<i64>) -> EndpointAccess {
        let Some(entry) = self.0.get(&endpoint) else { return EndpointAccess::Free };
        let wait =
            |until_ms| EndpointAccess::Wait(Hold { until_ms, reason: WaitReason::EndpointQuota(endpoint) });
        match entry.trial {
            Some(Trial::Taken { slot_ms, .. }) if reserved_ms == Some(slot_ms) => EndpointAccess::Free,
            _ if entry.until_ms <= now_ms => EndpointAccess::Ask,
            Some(Trial::Free) => EndpointAccess::Free,
            // It is answered soon, one way or the other.
            Some(Trial::Taken { slot_ms, .. }) if now_ms < slot_ms.saturating_add(PROBE_MS_MAX) => {
                wait(entry.until_ms.min(now_ms.saturating_add(PROBE_LOOK_MS)))
            }
            _ => wait(entry.until_ms),
        }
    }

    /// Until when nothing is to be begun that calls these endpoints.
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

    /// The governor says that an endpoint is closed.
    pub(crate) fn close(&mut self, endpoint: Endpoint, until_ms: i64) {
        self.0.entry(endpoint).or_insert(Entry { until_ms, trial: None }).until_ms = until_ms;
    }

    /// A call was refused: closed, and whoever tried it has failed.
    pub(crate) fn refused(&mut self, endpoint: Endpoint, until_ms: i64) {
        self.0.insert(endpoint, Entry { until_ms, trial: None });
    }

    /// All that the governor knows to be closed; others are open again.
    pub(crate) fn learn(&mut self, closed: &[ClosedEndpoint]) {
        let known = std::mem::take(&mut self.0);
        self.0.extend(closed.iter().map(|closed| {
            let old = known.get(&closed.endpoint).and_then(|entry| entry.trial);
            let trial = if closed.trial { Some(Trial::Free) } else { old };
            (closed.endpoint, Entry { until_ms: closed.until_ms, trial })
        }));
    }

    /// A slot is given for a call to an endpoint. It is the one that tries, if that is allowed.
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

    /// The endpoint whose trial is a call that `is_it` knows to have succeeded; it is open again.
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
