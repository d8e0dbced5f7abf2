//! The transport of an attempt: every request has a permit, and all together stay within the attempt's time.

use crate::{host::Host, object_client::ShopObject};
use shopee::{Clock, Endpoint, HttpRequest, HttpResponse, Transport, TransportError};
use std::cell::Cell;
use sync_core::{
    ATTEMPT_MS_MAX, ChunkKey, Generation, Hold, PERMIT_LATE_MS, PERMIT_PATIENCE_MS, PermitReply,
    PermitRequest, Precedence, RateLimits, SLOT_LEAD_MS, ShopId, WORKING_PATIENCE_MS, Work,
};

/// Longest wait for one answer outside chunks, in milliseconds.
pub const CALL_MS_MAX: i64 = 15_000;

/// For whom and for how long calls are made.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// The shop.
    pub shop_id: ShopId,
    /// The run; `None` outside runs.
    pub generation: Option<Generation>,
    /// The chunk and its attempt; `None` outside chunks.
    pub attempt: Option<(ChunkKey, u32)>,
    /// The expected number of calls.
    pub expected: u32,
    /// The rates.
    pub rate_limits: RateLimits,
    /// Time for all calls together, in milliseconds; excludes waits for permits. `None`: each call has its own limit.
    pub budget_ms: Option<i64>,
}

impl Purpose {
    /// One attempt at a chunk.
    pub fn chunk(shop_id: ShopId, rate_limits: RateLimits, work: &Work, now_ms: i64) -> Self {
        let lease_ms = work.lease_until_ms.saturating_sub(now_ms).max(0);
        Self {
            shop_id,
            generation: Some(work.generation),
            attempt: Some((work.key, work.attempt)),
            expected: work.calls,
            rate_limits,
            budget_ms: Some(ATTEMPT_MS_MAX.min(lease_ms / 2)),
        }
    }

    /// One page of a run's listing.
    pub fn page(shop_id: ShopId, generation: Generation, rate_limits: RateLimits, lease_ms: i64) -> Self {
        let budget_ms = Some(CALL_MS_MAX.min(lease_ms / 2));
        Self { budget_ms, ..Self::single(shop_id, Some(generation), rate_limits) }
    }

    /// Individual calls.
    pub fn single(shop_id: ShopId, generation: Option<Generation>, rate_limits: RateLimits) -> Self {
        Self { shop_id, generation, attempt: None, expected: 1, rate_limits, budget_ms: None }
    }
}

/// The host's time, real or virtual, for signing.
pub struct HostClock<'h, H>(pub &'h H);

impl<H: Host> Clock for HostClock<'_, H> {
    fn unix_ms(&self) -> i64 {
        self.0.now_ms()
    }
}

/// Makes calls and counts them.
pub struct Calls<'h, H> {
    host: &'h H,
    purpose: Purpose,
    started_ms: i64,
    waited_ms: Cell<i64>,
    made: Cell<u32>,
    slot_ms: Cell<Option<i64>>,
    deferred: Cell<Option<Hold>>,
    permitted: Cell<bool>,
    only_reserved: Cell<bool>,
}

impl<'h, H: Host> Calls<'h, H> {
    /// Starts without any calls.
    pub fn new(host: &'h H, purpose: Purpose) -> Self {
        Self {
            host,
            purpose,
            started_ms: host.now_ms(),
            waited_ms: Cell::new(0),
            made: Cell::new(0),
            slot_ms: Cell::new(None),
            deferred: Cell::new(None),
            permitted: Cell::new(false),
            only_reserved: Cell::new(false),
        }
    }

    /// Calls made so far.
    pub fn made(&self) -> u32 {
        self.made.get()
    }

    /// The slot of the last call, unix milliseconds.
    pub fn slot_ms(&self) -> Option<i64> {
        self.slot_ms.get()
    }

    /// The hold if no permit was available soon; the failed call was not made.
    pub fn deferred(&self) -> Option<Hold> {
        self.deferred.get()
    }

    /// Time since the start, excluding waits for permits, in milliseconds.
    pub fn worked_ms(&self) -> i64 {
        self.host.now_ms() - self.started_ms - self.waited_ms.get()
    }

    /// Takes the permit for the next call in advance, so that the caller's last checks happen after the wait. A call
    /// that comes too late for its permit is not made.
    ///
    /// # Errors
    /// The call cannot be made.
    pub async fn reserve(&self, endpoint: Endpoint) -> Result<(), TransportError> {
        self.only_reserved.set(true);
        self.permit(endpoint).await?;
        self.permitted.set(true);
        Ok(())
    }

    /// Whether the permit can still be used.
    pub fn is_reserved(&self) -> bool {
        self.permitted.get() && self.is_in_time()
    }

    fn is_in_time(&self) -> bool {
        let in_time = |slot: i64| self.host.now_ms() <= slot.saturating_add(PERMIT_LATE_MS);
        self.slot_ms.get().is_some_and(in_time)
    }

    fn is_permitted(&self) -> bool {
        self.permitted.take() && self.is_in_time()
    }

    async fn permit(&self, endpoint: Endpoint) -> Result<(), TransportError> {
        let object = ShopObject::new(self.host, self.purpose.shop_id);
        let Purpose { generation, attempt, expected, rate_limits, .. } = self.purpose;
        let patience_ms = if self.made.get() == 0 { PERMIT_PATIENCE_MS } else { WORKING_PATIENCE_MS };
        let wanted = expected.saturating_sub(self.made.get()).max(1);
        let mut reserved_ms = None;
        loop {
            let asked_ms = self.host.now_ms();
            let answered = self.made.get();
            let endpoint = Some(endpoint);
            let precedence = generation.map_or(Precedence::First, |_| Precedence::Run);
            let request = PermitRequest {
                generation,
                attempt,
                wanted,
                answered,
                rate_limits,
                reserved_ms,
                endpoint,
                precedence,
            };
            let reply =
                object.permit(request).await.map_err(|error| TransportError::Network(error.to_string()))?;
            let until_ms = match reply {
                PermitReply::Go { at_ms } => at_ms,
                PermitReply::Wait { hold, reserved_ms: slot } => {
                    let would_wait_ms = self.waited_ms.get() + hold.until_ms - asked_ms;
                    // An assigned slot is near, and lost to all shops if it is not used; the same nearly applies to a
                    // near turn.
                    let is_near = hold.until_ms - asked_ms <= SLOT_LEAD_MS;
                    let patience_ms = patience_ms + if is_near { SLOT_LEAD_MS } else { 0 };
                    if would_wait_ms > patience_ms && slot.is_none() {
                        self.deferred.set(Some(hold));
                        return Err(not_made("no permit is to be had soon"));
                    }
                    reserved_ms = slot;
                    hold.until_ms
                }
                PermitReply::Stale => return Err(not_made("the run is over")),
                PermitReply::Ask { .. } => return Err(not_made("the shop's object gave an odd answer")),
            };
            let wait_ms = until_ms - self.host.now_ms();
            if wait_ms > 0 {
                self.host.sleep_ms(wait_ms).await;
            }
            self.waited_ms.set(self.waited_ms.get() + self.host.now_ms() - asked_ms);
            // A slot that was missed on the way is no longer a permit.
            let late = self.host.now_ms() > until_ms.saturating_add(PERMIT_LATE_MS);
            if matches!(reply, PermitReply::Go { .. }) && !late {
                self.slot_ms.set(Some(until_ms));
                return Ok(());
            }
        }
    }
}

fn not_made(why: &str) -> TransportError {
    TransportError::Network(format!("the call was not made: {why}"))
}

impl<H: Host> Transport for &Calls<'_, H> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        if !self.is_permitted() {
            if self.only_reserved.get() {
                return Err(not_made("its permit ran out"));
            }
            self.permit(request.endpoint).await?;
        }
        let left_ms = self.purpose.budget_ms.map_or(CALL_MS_MAX, |budget| budget - self.worked_ms());
        let Some(timeout_ms) = u32::try_from(left_ms.min(CALL_MS_MAX)).ok().filter(|ms| *ms > 0) else {
            return Err(TransportError::Timeout);
        };
        self.made.set(self.made.get().saturating_add(1));
        self.host.fetch(request, timeout_ms).await
    }
}
