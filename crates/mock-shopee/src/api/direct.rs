//! Calls without a server, for a simulation with a clock and a network of its own.

use super::request::Request;
use super::visit::Visit;
use super::{consent, reply::Reply};
use crate::state::Platform;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimReply {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header, in seconds.
    pub retry_after_s: Option<u32>,
    /// The `Location` header: only of the consent pages.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Platform {
    /// Serves one call as a server would at this time (unix milliseconds): the gate with its limits and its lock, the endpoint,
    /// the record of calls. `method` is in upper case; `path_and_query` begins with a slash.
    ///
    /// It answers at once and there is no connection: the caller has to simulate latency and the faults "timeout", "drop",
    /// "truncated" and "apply_then_timeout". Time may stand still between calls, but not go backwards.
    pub fn serve_at(&self, now_ms: i64, method: &str, path_and_query: &str, body: &[u8]) -> SimReply {
        let request = Request::new(now_ms, method, path_and_query, body);
        if let Some(reply) = consent::page(self, &request) {
            return reply.into();
        }
        let mut visit = Visit::begin(self, &request, None);
        let fault = visit.strike(false);
        visit.reply(fault.as_ref()).into()
    }
}

impl From<Reply> for SimReply {
    fn from(reply: Reply) -> Self {
        let Reply { status, retry_after_s, location, body, .. } = reply;
        Self { status, retry_after_s, location, body }
    }
}
