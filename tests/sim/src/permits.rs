//! The governor's invariant, as the platform sees it: which calls come when.

use crate::{custody, faults::Fault, invariants::value, world::World};
use serde_json::Value;
use shopee::HttpRequest;
use std::{collections::BTreeMap, rc::Rc};
use sync_core::{Hold, PERMIT_LATE_MS, PERMIT_NEAR_MS, Shop};

/// What the checks remember.
#[derive(Default)]
pub struct Memory {
    /// Calls of the app, by time, and of each shop (0 is the app).
    calls: BTreeMap<i64, Vec<i64>>,
    /// What each shop's object knows that it waits for, and since when, unix milliseconds.
    holds: BTreeMap<i64, (Hold, i64)>,
    /// The end of the breaker's pause, and when it was first seen, unix milliseconds.
    open: Option<(i64, i64)>,
}

/// Calls that had their permit when the breaker opened are made by then, in milliseconds.
const GRACE_MS: i64 = 2_000;
/// Calls that had their permit when their own shop was told to wait are made by then, in milliseconds.
const UNDER_WAY_MS: i64 = PERMIT_NEAR_MS + PERMIT_LATE_MS;

/// A shop's state was stored.
pub fn stored(world: &Rc<World>, shop: &Shop) {
    let now_ms = world.now_ms.get();
    let Some(hold) = shop.limiter.hold(now_ms) else { return };
    let mut memory = world.permits.borrow_mut();
    let known = memory.holds.entry(shop.shop_id.0).or_insert((hold, now_ms));
    if known.0.until_ms <= now_ms {
        *known = (hold, now_ms);
    }
    known.0.until_ms = known.0.until_ms.max(hold.until_ms);
}

/// A call is about to be made.
pub fn call(world: &Rc<World>, request: &HttpRequest) {
    let now_ms = world.now_ms.get();
    let shop: Option<i64> = value(&request.url, "shop_id").and_then(|id| id.parse().ok());
    let mut memory = world.permits.borrow_mut();
    let mut wrong = None;
    // A slot of the app may be used late by the shop's own spacing, and later by the consumer.
    let app = (0, world.rates.get().0, 2 * PERMIT_LATE_MS);
    for (key, rate, late_ms) in
        [Some(app), shop.map(|shop| (shop, world.rates.get().1, PERMIT_LATE_MS))].into_iter().flatten()
    {
        let calls = memory.calls.entry(key).or_default();
        calls.retain(|at| *at > now_ms - 1_000);
        calls.push(now_ms);
        let gap_ms = (1_000.0 / rate).ceil() as i64;
        let most = (1_000 + late_ms) / gap_ms + 1;
        if i64::try_from(calls.len()).unwrap_or(0) > most {
            let count = calls.len();
            wrong = Some(format!("6: {count} calls in a second of {key}, {most} are the most at {rate}/s"));
        }
    }
    if let Some((hold, since_ms)) = shop.and_then(|shop| memory.holds.get(&shop))
        && now_ms < hold.until_ms
        && now_ms > since_ms + UNDER_WAY_MS
    {
        wrong = Some(format!("6: a call {} ms after its shop began to wait: {hold:?}", now_ms - since_ms));
    }
    if let Some(open_ms) = open_since(world, &mut memory, now_ms)
        && now_ms - open_ms > GRACE_MS
    {
        wrong = Some(format!("6: a call {} ms after the app was refused", now_ms - open_ms));
    }
    drop(memory);
    if let Some(what) = wrong {
        world.broken(what);
    }
    custody::call(world, request);
}

/// Since when the breaker is open, if shops are sure to have heard of it.
fn open_since(world: &Rc<World>, memory: &mut Memory, now_ms: i64) -> Option<i64> {
    let deaf = [
        Fault::ObjectSilent,
        Fault::ObjectReplyLost,
        Fault::EvictObject,
        Fault::SlowObject,
        Fault::KillEvent,
        Fault::AlarmFails,
        Fault::StorageFails,
    ];
    if deaf.into_iter().any(|fault| world.case.faults.contains(fault)) {
        return None;
    }
    let governor: Value = serde_json::from_str(&world.governor()?).ok()?;
    let until_ms =
        governor.pointer("/breaker/open/until_ms").and_then(Value::as_i64).filter(|until| *until > now_ms);
    memory.open = until_ms.map(|until| match memory.open {
        Some((known, since)) if known == until => (known, since),
        _ => (until, now_ms),
    });
    memory.open.map(|(_, since)| since)
}
