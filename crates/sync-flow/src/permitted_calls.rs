//! The transport of an attempt: every request has a permit, and all together stay within the attempt's time.

mod working_time;

use crate::{host::Host, object_client::ShopObject, trace::STEPS_MAX};
use shopee::{Clock, Endpoint, HttpRequest, HttpResponse, Transport, TransportError};
use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::Poll,
};
use sync_core::{
    ATTEMPT_MS_MAX, ChunkKey, Generation, Hold, PERMIT_LATE_MS, PERMIT_PATIENCE_MS, PermitReply,
    PermitRequest, Precedence, RateLimits, SLOT_LEAD_MS, ShopId, WORKING_PATIENCE_MS, Work,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use working_time::WorkingTime;

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
    places: Option<&'h Semaphore>,
    time: WorkingTime,
    /// The answers to questions for permits that came with the work.
    first: RefCell<Vec<(Endpoint, PermitReply)>>,
    made: Cell<u32>,
    /// The first calls.
    trail: RefCell<Vec<(&'static str, i64, u16)>>,
    answered: Cell<u32>,
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
            places: None,
            time: WorkingTime::new(host.now_ms()),
            first: RefCell::default(),
            made: Cell::new(0),
            trail: RefCell::default(),
            answered: Cell::new(0),
            slot_ms: Cell::new(None),
            deferred: Cell::new(None),
            permitted: Cell::new(false),
            only_reserved: Cell::new(false),
        }
    }

    /// Makes no more calls at once than there are places, which are shared with others.
    #[must_use]
    pub fn within(self, places: &'h Semaphore) -> Self {
        Self { places: Some(places), ..self }
    }

    /// Uses these answers instead of first questions for permits.
    #[must_use]
    pub fn starting_with(self, permits: &[(Endpoint, PermitReply)]) -> Self {
        Self { first: RefCell::new(permits.to_vec()), ..self }
    }

    /// Calls made so far.
    pub fn made(&self) -> u32 {
        self.made.get()
    }

    /// The first calls, in the order of their answers: endpoint, milliseconds, HTTP status (0: there was no answer).
    pub fn trail(&self) -> Vec<(&'static str, i64, u16)> {
        self.trail.borrow().clone()
    }

    fn note(&self, endpoint: Endpoint, began_ms: i64, status: u16) {
        let mut trail = self.trail.borrow_mut();
        if trail.len() < STEPS_MAX {
            trail.push((endpoint.name(), self.host.now_ms().saturating_sub(began_ms), status));
        }
    }

    /// The slot of the last call, unix milliseconds.
    pub fn slot_ms(&self) -> Option<i64> {
        self.slot_ms.get()
    }

    /// The hold if no permit was available soon; the failed call was not made.
    pub fn deferred(&self) -> Option<Hold> {
        self.deferred.get()
    }

    /// Time since the start, excluding waits for permits and places, in milliseconds.
    pub fn worked_ms(&self) -> i64 {
        self.time.worked_ms(self.host.now_ms())
    }

    /// Whether this many calls can be made at the same time without a wait for places.
    pub fn has_places(&self, calls: usize) -> bool {
        self.places.is_none_or(|places| places.available_permits() >= calls)
    }

    /// Takes the permit for the next call in advance, so that the caller's last checks happen after the wait. A call
    /// that comes too late for its permit is not made.
    ///
    /// # Errors
    /// The call cannot be made.
    pub async fn reserve(&self, endpoint: Endpoint) -> Result<(), TransportError> {
        self.only_reserved.set(true);
        drop(self.permit(endpoint).await?);
        self.permitted.set(true);
        Ok(())
    }

    /// Whether the permit can still be used.
    pub fn is_reserved(&self) -> bool {
        self.permitted.get() && self.slot_ms.get().is_some_and(|slot_ms| self.is_in_time(slot_ms))
    }

    fn is_in_time(&self, slot_ms: i64) -> bool {
        self.host.now_ms() <= slot_ms.saturating_add(PERMIT_LATE_MS)
    }

    /// Waits for the permit of a call, and for its place.
    async fn permit(&self, endpoint: Endpoint) -> Result<Place<'h>, TransportError> {
        let wait = self.time.wait(self.host);
        let mut reserved_ms = None;
        loop {
            let asked_ms = self.host.now_ms();
            let until_ms = match self.ask(endpoint, reserved_ms).await? {
                PermitReply::Go { at_ms } => {
                    // Others may call meanwhile.
                    self.sleep_until(at_ms).await;
                    let place = self.place().await?;
                    // A slot that was missed on the way is no longer a permit.
                    if self.is_in_time(at_ms) {
                        self.slot_ms.set(Some(at_ms));
                        drop(wait);
                        return Ok(place);
                    }
                    reserved_ms = None;
                    continue;
                }
                PermitReply::Wait { hold, reserved_ms: slot_ms } => {
                    if slot_ms.is_none() && !self.has_patience(hold, asked_ms) {
                        self.deferred.set(Some(hold));
                        return Err(not_made("no permit is to be had soon"));
                    }
                    reserved_ms = slot_ms;
                    hold.until_ms
                }
                PermitReply::Stale => return Err(not_made("the run is over")),
                PermitReply::Ask { .. } => return Err(not_made("the shop's object gave an odd answer")),
            };
            self.sleep_until(until_ms).await;
        }
    }

    async fn place(&self) -> Result<Place<'h>, TransportError> {
        match self.places {
            None => Ok(None),
            Some(places) => places.acquire().await.map(Some).map_err(|_| not_made("the invocation is over")),
        }
    }

    async fn ask(&self, endpoint: Endpoint, reserved_ms: Option<i64>) -> Result<PermitReply, TransportError> {
        let known = self.first.borrow().iter().position(|(of, _)| *of == endpoint);
        if let Some(known) = known {
            return Ok(self.first.borrow_mut().swap_remove(known).1);
        }
        let Purpose { generation, attempt, expected, rate_limits, .. } = self.purpose;
        let request = PermitRequest {
            generation,
            attempt,
            wanted: expected.saturating_sub(self.made.get()).max(1),
            answered: self.answered.get(),
            rate_limits,
            reserved_ms,
            endpoint: Some(endpoint),
            precedence: generation.map_or(Precedence::First, |_| Precedence::Run),
        };
        let object = ShopObject::new(self.host, self.purpose.shop_id);
        let _place = self.place().await?;
        object.permit(request).await.map_err(|error| TransportError::Network(error.to_string()))
    }

    /// Whether the wait is worth while. After its first call an attempt waits longer, since the calls that it has made
    /// would be wasted.
    fn has_patience(&self, hold: Hold, asked_ms: i64) -> bool {
        let patience_ms = if self.made.get() == 0 { PERMIT_PATIENCE_MS } else { WORKING_PATIENCE_MS };
        // An assigned slot is near, and lost to all shops if it is not used; the same nearly applies to a near turn.
        let is_near = hold.until_ms - asked_ms <= SLOT_LEAD_MS;
        let patience_ms = patience_ms + if is_near { SLOT_LEAD_MS } else { 0 };
        self.time.waited_ms(asked_ms) + hold.until_ms - asked_ms <= patience_ms
    }

    async fn sleep_until(&self, at_ms: i64) {
        let wait_ms = at_ms - self.host.now_ms();
        if wait_ms > 0 {
            self.host.sleep_ms(wait_ms).await;
        }
    }
}

/// A place among the calls that an invocation makes at once, if they are limited.
type Place<'h> = Option<SemaphorePermit<'h>>;

/// Lets the others that are ready go on first.
async fn turn() {
    let mut is_over = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn not_made(why: &str) -> TransportError {
    TransportError::Network(format!("the call was not made: {why}"))
}

impl<H: Host> Transport for &Calls<'_, H> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let is_permitted = self.is_reserved();
        self.permitted.set(false);
        let place = match is_permitted {
            true => None,
            false if self.only_reserved.get() => return Err(not_made("its permit ran out")),
            false => self.permit(request.endpoint).await?,
        };
        let left_ms = self.purpose.budget_ms.map_or(CALL_MS_MAX, |budget| budget - self.worked_ms());
        let Some(timeout_ms) = u32::try_from(left_ms.min(CALL_MS_MAX)).ok().filter(|ms| *ms > 0) else {
            return Err(TransportError::Timeout);
        };
        self.made.set(self.made.get().saturating_add(1));
        let call = self.time.call(self.host);
        let (endpoint, began_ms) = (request.endpoint, self.host.now_ms());
        let answer = self.host.fetch(request, timeout_ms).await;
        drop(call);
        self.note(endpoint, began_ms, answer.as_ref().map_or(0, |answer| answer.status));
        if let Some(place) = place {
            drop(place);
            // Who waits for the place calls before this answer is read.
            turn().await;
        }
        self.answered.set(self.answered.get().saturating_add(1));
        answer
    }
}
