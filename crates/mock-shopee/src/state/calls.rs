//! A record of every call to the platform.

use super::rate::RefusedBy;
use crate::limits::CALLS_MAX;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One call. Null means unknown: the call is still being served, or never got an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Number since the start, from 1.
    pub n: u64,
    /// When it was received, in unix milliseconds.
    pub time_ms: i64,
    /// The path after `/api/v2/`.
    pub endpoint: String,
    /// The shop it named.
    pub shop: Option<u64>,
    /// The campaigns it named.
    pub ids: Vec<i64>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// The platform's error code, empty if it went well; or why there was no answer.
    pub error: Option<String>,
    /// The limit that refused it; null if none did.
    pub refused_by: Option<RefusedBy>,
    /// How long it was served; 0 unless the clock is the real one.
    pub duration_ms: Option<u64>,
    /// Calls being served when it was received, itself included.
    pub in_flight: u32,
}

#[derive(Default)]
struct Ring {
    calls: VecDeque<Call>,
    last: u64,
    in_flight: u32,
}

/// The last calls.
#[derive(Default)]
pub struct CallLog(Arc<Mutex<Ring>>);

fn open(ring: &Mutex<Ring>) -> MutexGuard<'_, Ring> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CallLog {
    /// Records a call. It counts as being served until the answer is dropped. `began` is its time by the real clock, if that is
    /// in use.
    pub fn begin(
        &self,
        time_ms: i64,
        began: Option<Instant>,
        endpoint: &str,
        shop: Option<u64>,
        ids: Vec<i64>,
    ) -> Serving {
        let mut ring = open(&self.0);
        ring.in_flight += 1;
        ring.last += 1;
        let call = Call {
            n: ring.last,
            time_ms,
            endpoint: endpoint.to_owned(),
            shop,
            ids,
            status: None,
            error: None,
            refused_by: None,
            duration_ms: None,
            in_flight: ring.in_flight,
        };
        if ring.calls.len() >= CALLS_MAX {
            ring.calls.pop_front();
        }
        ring.calls.push_back(call);
        let error = Some("disconnected".to_owned());
        let log = Arc::clone(&self.0);
        Serving { log, n: ring.last, began, status: None, error, refused_by: None }
    }

    /// The calls after number `since`, oldest first, of one shop if given.
    pub fn after(&self, since: u64, shop: Option<u64>) -> Vec<Call> {
        let wanted = |call: &&Call| call.n > since && (shop.is_none() || call.shop == shop);
        open(&self.0).calls.iter().filter(wanted).cloned().collect()
    }

    /// Deletes all calls. Numbering continues, so that a call still being served is not mistaken for a new one.
    pub fn clear(&self) {
        open(&self.0).calls.clear();
    }
}

/// A call that is being served.
pub struct Serving {
    log: Arc<Mutex<Ring>>,
    n: u64,
    began: Option<Instant>,
    status: Option<u16>,
    error: Option<String>,
    refused_by: Option<RefusedBy>,
}

impl Serving {
    /// The call's number.
    pub fn number(&self) -> u64 {
        self.n
    }

    /// Records how it ended: the status and the platform's error code.
    pub fn answered(&mut self, status: u16, error: &str) {
        (self.status, self.error) = (Some(status), Some(error.to_owned()));
    }

    /// Records the limit that refuses it.
    pub fn refused_by(&mut self, limit: Option<RefusedBy>) {
        self.refused_by = limit;
    }

    /// Records that it ended without an answer.
    pub fn cut(&mut self, reason: &str) {
        (self.status, self.error) = (None, Some(reason.to_owned()));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let mut ring = open(&self.log);
        ring.in_flight = ring.in_flight.saturating_sub(1);
        let n = self.n;
        if let Ok(place) = ring.calls.binary_search_by_key(&n, |call| call.n)
            && let Some(call) = ring.calls.get_mut(place)
        {
            call.status = self.status;
            call.error = self.error.take();
            call.refused_by = self.refused_by;
            let took = self.began.map(|began| began.elapsed().as_millis());
            call.duration_ms = u64::try_from(took.unwrap_or_default()).ok();
        }
    }
}
