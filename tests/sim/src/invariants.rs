//! What must hold after every step. The numbers are those of the design's list.

use crate::{db::Progress, world::World};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    rc::Rc,
};
use sync_core::{ATTEMPTS_MAX, ChunkState, End, Phase, RUN_MS_MAX, Receipt, Run, Shop, Stage};

/// What the checks remember.
#[derive(Default)]
pub struct Memory {
    /// The newest generation of each shop.
    generations: BTreeMap<i64, i64>,
}

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
        let missing = run.ids(chunk).into_iter().find(|id| {
            let written = db.accounted.contains(&(shop, generation, *id));
            chunk.key.stage == Stage::Campaigns && named && !written && !quarantined.contains(id)
        });
        if let Some(id) = missing {
            wrong.push(format!("2: completed, and campaign {id} was not written"));
        }
        let key = (shop, generation, chunk.key.stage.as_str().to_owned(), i64::from(chunk.key.index));
        if !db.finished.contains(&key) {
            wrong.push(format!("2: completed, and chunk {} was never written", chunk.key));
        }
    }
    // Nobody brings campaigns back while faults strike; an empty list is believed when it repeats.
    let there = world.platform.campaign_ids(shop.unsigned_abs()).unwrap_or_default();
    for id in there.into_iter().filter(|_| !run.plan.is_empty()) {
        let kept = db.campaigns.get(&(shop, id));
        if kept.is_some_and(|row| row.vanished_at_ms.is_some() && row.generation == generation) {
            wrong.push(format!("2: completed, and campaign {id} counts as gone, which is there"));
        }
    }
    let results = run.stage(Stage::Campaigns).filter_map(|chunk| match &chunk.state {
        ChunkState::Done { result } => Some(result),
        _ => None,
    });
    let set_apart = results.flat_map(|result| &result.quarantined_ids).map(|bad| bad.id);
    let fetched: HashSet<i64> = run.spenders().chain(set_apart).collect();
    for id in run.plan.iter().filter(|id| !fetched.contains(id)) {
        let kept = db.campaigns.get(&(shop, *id));
        if kept.is_some_and(|row| row.value.is_ongoing() && row.vanished_at_ms.is_none()) {
            wrong.push(format!("2: completed, and the performance of {id}, which is ongoing, was left out"));
        }
    }
    drop(db);
    for what in wrong {
        world.broken(format!("{what}; shop {shop}, generation {generation}"));
    }
}

/// A picture was drawn: it never says more than the object knows, and exactly that if nothing has happened since.
pub fn progress(world: &Rc<World>, shop: i64) {
    let db = world.db.borrow();
    let stored = world.stored(shop);
    let run = stored.as_ref().and_then(|shop| shop.run.as_ref());
    let (Some(run), Some(progress)) = (run, db.progress.get(&shop)) else { return };
    if run.header.generation.0 != progress.generation {
        return;
    }
    let done = Counted::of(run);
    let shown = Counted::shown(progress);
    let same = run.header.rev == u64::try_from(progress.projection_rev).unwrap_or(0);
    let wrong = if progress.sync_stage == "completed" && run.header.end != Some(End::Completed) {
        Some(format!("1: shop {shop} is shown as completed, and its run is {:?}", run.state()))
    } else if shown.is_more_than(&done) || (same && shown != done) {
        Some(format!("4: shop {shop} shows {shown:?}, and its chunks say {done:?}"))
    } else {
        None
    };
    drop(db);
    if let Some(what) = wrong {
        world.broken(what);
    }
}

/// What follows from the set of chunks that have ended.
#[derive(Debug, PartialEq)]
struct Counted {
    synced_campaigns: i64,
    chunks_done: i64,
    units_done: i64,
    failed_chunks: Vec<i64>,
}

impl Counted {
    fn of(run: &Run) -> Self {
        let ended = || run.chunks.values().filter(|chunk| chunk.state.is_terminal());
        let main = if run.header.fetch.settings { Stage::Campaigns } else { Stage::Performance };
        let accounted = |chunk: &sync_core::Chunk| match &chunk.state {
            ChunkState::Done { result } if chunk.key.stage == main => i64::from(result.accounted()),
            _ => 0,
        };
        let failed = run.chunks.values().filter(|chunk| matches!(chunk.state, ChunkState::Failed { .. }));
        let failed = failed.map(|chunk| match chunk.key.stage {
            Stage::ShopTotals => -1,
            _ => i64::from(chunk.key.index),
        });
        let failed: BTreeSet<i64> = failed.collect();
        Self {
            synced_campaigns: ended().map(accounted).sum(),
            chunks_done: ended().count() as i64,
            // Of nothing before the plan is frozen: how much there is is not known.
            units_done: ended()
                .filter(|_| run.header.mode.is_some())
                .map(|chunk| i64::from(chunk.size.max(1) + chunk.left_out()))
                .sum(),
            failed_chunks: failed.into_iter().collect(),
        }
    }

    fn shown(progress: &Progress) -> Self {
        Self {
            synced_campaigns: progress.synced_campaigns,
            chunks_done: progress.chunks_done,
            units_done: progress.units_done,
            failed_chunks: progress.failed_chunks.clone(),
        }
    }

    fn is_more_than(&self, other: &Self) -> bool {
        self.synced_campaigns > other.synced_campaigns
            || self.chunks_done > other.chunks_done
            || self.units_done > other.units_done
            || self.failed_chunks.iter().any(|index| !other.failed_chunks.contains(index))
    }
}

/// A value of an address's query.
pub fn value<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
