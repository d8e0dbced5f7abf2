//! What must hold after every step. The numbers are those of the design's list.

use crate::{case::Fault, world::World};
use serde_json::Value;
use shopee::HttpRequest;
use std::{collections::BTreeMap, rc::Rc};
use sync_core::{
    ATTEMPTS_MAX, ChunkState, End, PERMIT_LATE_MS, PERMIT_NEAR_MS, Phase, RUN_MS_MAX, Receipt, Run, Shop,
    Stage,
};

/// What the checks remember.
#[derive(Default)]
pub struct Memory {
    /// The newest generation of each shop.
    generations: BTreeMap<i64, i64>,
    /// Calls of the app, by time, and of each shop (0 is the app).
    calls: BTreeMap<i64, Vec<i64>>,
    /// Refresh tokens that were exchanged, and whether the answer arrived.
    spent: BTreeMap<String, bool>,
    /// The end of the breaker's pause, and when it was first seen, unix milliseconds.
    open: Option<(i64, i64)>,
}

/// Calls that had their permit when the breaker opened are made by then, in milliseconds.
const GRACE_MS: i64 = 2_000;

/// A shop's state, as it was just stored.
pub fn shop(world: &Rc<World>, shop: &Shop) {
    let Some(run) = &shop.run else { return };
    let (id, header) = (shop.shop_id.0, &run.header);
    let must = |holds: bool, what: &str| {
        if !holds {
            world.broken(format!("{what}; shop {id}, generation {}", header.generation.0));
        }
    };
    must((header.phase == Phase::Ended) == header.end.is_some(), "1: ended and no end, or the reverse");
    let mut memory = world.memory.borrow_mut();
    let newest = memory.generations.entry(id).or_insert(header.generation.0);
    must(*newest <= header.generation.0, "5: a generation fell");
    *newest = header.generation.0.max(*newest);
    drop(memory);

    let in_flight = run.chunks.values().filter(|chunk| chunk.state.is_in_flight()).count();
    must(
        in_flight <= header.settings.window_chunks as usize,
        "6: more chunks are out than the window allows",
    );
    let bound = header.settings.max_attempts.min(ATTEMPTS_MAX);
    must(
        run.chunks.values().all(|chunk| chunk.failures <= bound),
        "7: a chunk failed more often than it may",
    );
    let lived_ms = world.now_ms.get() - header.started_ms;
    must(!run.is_active() || lived_ms <= RUN_MS_MAX + 3_600_000, "7: a run lives for ever");
    if run.is_active() {
        let idle = in_flight == 0 && shop.next_alarm_ms(world.now_ms.get()).is_none();
        must(!idle, "7: nothing brings the run on");
    }
    must(covered(run), "2: chunks overlap, or leave a gap");
    if header.end == Some(End::Completed) {
        completed(world, id, run);
    }
}

/// The chunks of a stage cover what is cut of the plan, once.
fn covered(run: &Run) -> bool {
    [(Stage::Campaigns, run.header.cut.campaigns), (Stage::Performance, run.header.cut.performance)]
        .into_iter()
        .all(|(stage, cut)| {
            let mut parts: Vec<(u32, u32)> =
                run.stage(stage).map(|chunk| (chunk.first, chunk.size)).collect();
            parts.sort_unstable();
            parts.into_iter().try_fold(0, |next, (first, size)| (first == next).then_some(next + size))
                == Some(cut)
        })
}

fn completed(world: &Rc<World>, shop: i64, run: &Run) {
    let receipt = Receipt::of(run);
    let generation = run.header.generation.0;
    let db = world.db.borrow();
    let mut wrong = Vec::new();
    if !receipt.balances() || receipt.failed_chunks > 0 {
        wrong.push(format!("1: completed, and the receipt says {}", receipt.equation()));
    }
    for chunk in run.chunks.values() {
        let ChunkState::Done { result } = &chunk.state else {
            wrong.push(format!("1: completed, and chunk {} is not done", chunk.key));
            continue;
        };
        if chunk.carried {
            continue;
        }
        let quarantined: Vec<i64> = result.quarantined_ids.iter().map(|bad| bad.id).collect();
        let named = result.quarantined as usize == quarantined.len();
        let missing = run.ids(chunk).iter().find(|id| {
            let written = db.accounted.contains(&(shop, generation, **id));
            chunk.key.stage == Stage::Campaigns && named && !written && !quarantined.contains(*id)
        });
        if let Some(id) = missing {
            wrong.push(format!("2: completed, and campaign {id} was not written"));
        }
        let key = (shop, generation, chunk.key.stage.as_str().to_owned(), i64::from(chunk.key.index));
        if !db.finished.contains(&key) {
            wrong.push(format!("2: completed, and chunk {} was never written", chunk.key));
        }
    }
    drop(db);
    for what in wrong {
        world.broken(format!("{what}; shop {shop}, generation {generation}"));
    }
}

/// The projection never says more than the object knows.
pub fn progress(world: &Rc<World>) {
    let db = world.db.borrow();
    let mut wrong = None;
    for (shop, progress) in &db.progress {
        let stored = world.stored(*shop);
        let Some(run) = stored.as_ref().and_then(|shop| shop.run.as_ref()) else { continue };
        if run.header.generation.0 != progress.generation {
            continue;
        }
        if progress.sync_stage == "completed" && run.header.end != Some(End::Completed) {
            wrong = Some(format!("1: shop {shop} is shown as completed, and its run is {:?}", run.state()));
        }
        let accounted: u64 = run
            .stage(Stage::Campaigns)
            .filter_map(|chunk| match &chunk.state {
                ChunkState::Done { result } => Some(u64::from(result.accounted())),
                _ => None,
            })
            .sum();
        if u64::try_from(progress.synced_campaigns).is_ok_and(|shown| shown > accounted) {
            wrong = Some(format!("4: shop {shop} shows {} synced of {accounted}", progress.synced_campaigns));
        }
    }
    drop(db);
    if let Some(what) = wrong {
        world.broken(what);
    }
}

/// A call is about to be made.
pub fn call(world: &Rc<World>, request: &HttpRequest) {
    let now_ms = world.now_ms.get();
    let shop = value(&request.url, "shop_id").and_then(|id| id.parse().ok());
    let mut memory = world.memory.borrow_mut();
    let late_ms = 2 * PERMIT_LATE_MS + PERMIT_NEAR_MS;
    let mut wrong = None;
    for (key, rate) in [(0, world.rates.0), (shop.unwrap_or(-1), world.rates.1)] {
        if key < 0 {
            continue;
        }
        let calls = memory.calls.entry(key).or_default();
        calls.retain(|at| *at > now_ms - 1_000);
        calls.push(now_ms);
        let gap_ms = (1_000.0 / rate).ceil() as i64;
        let most = (1_000 + late_ms) / gap_ms + 1;
        if i64::try_from(calls.len()).unwrap_or(0) > most {
            wrong = Some(format!(
                "6: {} calls in a second of {key}, {most} are the most at {rate}/s",
                calls.len()
            ));
        }
    }
    if let Some(open_ms) = open_since(world, &mut memory, now_ms)
        && now_ms - open_ms > GRACE_MS
    {
        wrong = Some(format!("6: a call {} ms after the app was refused", now_ms - open_ms));
    }
    if let Some(body) = &request.body
        && let Some(token) = serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|body| body.get("refresh_token").and_then(Value::as_str).map(str::to_owned))
        && memory.spent.get(&token) == Some(&true)
    {
        wrong = Some(format!("8: refresh token {token} was used again after it had been exchanged"));
    }
    drop(memory);
    if let Some(what) = wrong {
        world.broken(what);
    }
}

/// Since when the breaker is open, if shops are sure to have heard of it.
fn open_since(world: &Rc<World>, memory: &mut Memory, now_ms: i64) -> Option<i64> {
    let deaf = [Fault::ObjectSilent, Fault::ObjectReplyLost, Fault::EvictObject];
    if deaf.iter().any(|fault| world.case.faults.contains(fault)) {
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

/// An answer has arrived.
pub fn answered(world: &Rc<World>, request: &HttpRequest, status: u16, body: &[u8]) {
    let Some(token) = request.body.as_ref().and_then(|body| {
        let body: Value = serde_json::from_str(body).ok()?;
        body.get("refresh_token")?.as_str().map(str::to_owned)
    }) else {
        return;
    };
    let exchanged = status == 200 && String::from_utf8_lossy(body).contains("access_token");
    if exchanged {
        world.memory.borrow_mut().spent.insert(token, true);
    }
}

/// A value of an address's query.
pub fn value<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
