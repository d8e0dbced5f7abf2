//! One call, from the gate to the answer.

use super::gate::{self, Admitted};
use super::refusal::{Body, Refusal};
use super::reply::Reply;
use super::request::Request;
use crate::state::Platform;
use crate::state::calls::Serving;
use crate::state::faults::{Fault, Kind};
use std::time::Instant;

/// A call that is being served.
pub struct Visit<'a> {
    /// The record of it.
    pub serving: Serving,
    platform: &'a Platform,
    request: &'a Request<'a>,
    admitted: Result<Admitted, Refusal>,
    shop: Option<u64>,
    ids: Vec<i64>,
}

impl<'a> Visit<'a> {
    /// Records the call and checks it at the gate. `began`: as in [`CallLog::begin`].
    ///
    /// [`CallLog::begin`]: crate::state::calls::CallLog::begin
    pub fn begin(platform: &'a Platform, request: &'a Request<'a>, began: Option<Instant>) -> Self {
        let (shop, ids) = (request.shop(), request.named_ids());
        let serving = platform.calls.begin(request.now_ms, began, request.name(), shop, ids.clone());
        let admitted = gate::admit(platform, request);
        Self { serving, platform, request, admitted, shop, ids }
    }

    /// The fault that hits the call, if it has passed the gate.
    pub fn strike(&self, connection: bool) -> Option<Fault> {
        let number = self.serving.number();
        let faults = &mut self.platform.world().faults;
        self.admitted.as_ref().ok()?;
        faults.strike(number, self.request.name(), self.shop, &self.ids, connection)
    }

    /// Serves the call, or applies the fault instead; effects on the connection are left to the caller.
    pub fn reply(&mut self, fault: Option<&Fault>) -> Reply {
        let reply = self.made(fault);
        self.serving.refused_by(reply.refused_by);
        self.serving.answered(reply.status, &reply.error);
        reply
    }

    fn made(&self, fault: Option<&Fault>) -> Reply {
        let request_id = self.platform.request_id(self.serving.number());
        let admitted = match &self.admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return Reply::refused(refusal, &request_id),
        };
        let served = || Reply::of(super::answer(self.platform, self.request, admitted), &request_id);
        let Some(fault) = fault else { return served() };
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let refused = |status: u16, body: Body| {
            let refusal = Refusal::new(&or_empty(&fault.code), or_empty(&fault.message)).body(body);
            Reply::refused(&refusal.status(fault.status.unwrap_or(status)), &request_id)
        };
        match fault.kind {
            Kind::Error => refused(200, Body::Envelope),
            Kind::Html => refused(502, Body::Html),
            Kind::Truncated | Kind::ApplyThenTimeout => served(),
            Kind::Drift | Kind::LeaveOut => {
                let mut reply = served();
                // A refusal is not changed.
                if reply.error.is_empty() {
                    reply.body = super::drift::change(&reply.body, fault);
                }
                reply
            }
            Kind::ApplyThenStatus => {
                // The caller never learns how it went.
                drop(served());
                refused(500, Body::Empty)
            }
            Kind::Status if fault.location.is_some() => {
                let mut reply = refused(302, Body::Empty);
                reply.location =
                    fault.location.as_ref().map(|base| format!("{base}{}", self.request.path_and_query));
                reply
            }
            Kind::Status | Kind::Timeout | Kind::Drop => refused(500, Body::Empty),
        }
    }
}
