//! The state of one shop, as its object holds it.

use super::{
    chunk::Chunk,
    state::{End, Run, RunHeader},
    waiting_lanes::WaitingLanes,
};
use crate::{
    event::Event,
    ids::{AppId, ChunkKey, Generation, ShopId},
    limits::PLAN_PAGE_IDS,
    message::{ChunkMessage, StartMessage},
    rate::{governor_messages::GovernorReport, shop_limiter::ShopRateLimiter},
};
use compact::SortedSet;

/// What an event changed; the caller stores it in one transaction, then sends the messages.
#[derive(Debug, Default, PartialEq)]
pub struct ShopChanges {
    /// A new run has replaced the old one: delete the old pages and chunks first, then store all of the new ones.
    pub new_run: bool,
    /// Whether the header changed.
    pub header: bool,
    /// Whether the bucket changed.
    pub limiter: bool,
    /// New ids of the plan, in pages: a rising page number and its ids.
    pub pages: Vec<(u32, Vec<i64>)>,
    /// Changed chunks.
    pub chunks: SortedSet<ChunkKey>,
    /// Start messages to send after storing.
    pub start_messages: Vec<StartMessage>,
    /// Chunk messages to send after storing.
    pub chunk_messages: Vec<ChunkMessage>,
    /// What to report to the app's governor.
    pub report: Option<(AppId, GovernorReport)>,
}

impl ShopChanges {
    /// Adds new ids at position `first` of the plan, in pages, since the size of a stored value is limited.
    pub(crate) fn add_ids(&mut self, first: usize, ids: &[i64]) {
        let pages = ids.chunks(PLAN_PAGE_IDS).zip(0..).map(|(ids, page)| {
            // No page is empty, so this number is greater than those of the pages before it.
            let number = first.saturating_add(page * PLAN_PAGE_IDS).saturating_add(1);
            (u32::try_from(number).unwrap_or(u32::MAX), ids.to_vec())
        });
        self.pages.extend(pages);
    }

    /// Whether there is nothing to store.
    #[must_use]
    pub fn stores_nothing(&self) -> bool {
        !self.new_run && !self.header && !self.limiter && self.pages.is_empty() && self.chunks.is_empty()
    }
}

/// A shop's protocol state. At most one run is active; generations only rise.
#[derive(Debug)]
pub struct Shop {
    /// The shop.
    pub shop_id: ShopId,
    /// Its bucket.
    pub limiter: ShopRateLimiter,
    /// The current run, or the last one.
    pub run: Option<Run>,
    pub(crate) waiting_lanes: WaitingLanes,
    pub(crate) changes: ShopChanges,
}

impl Shop {
    /// A shop that has never been synced.
    #[must_use]
    pub fn new(shop_id: ShopId) -> Self {
        Self::holding(shop_id, ShopRateLimiter::default(), None)
    }

    /// Restores a shop from storage: the header, the ids page by page in order, and the chunks in any order.
    #[must_use]
    pub fn restore(
        shop_id: ShopId,
        limiter: ShopRateLimiter,
        header: Option<RunHeader>,
        plan: Vec<i64>,
        chunks: Vec<Chunk>,
    ) -> Self {
        let chunks = chunks.into_iter().map(|chunk| (chunk.key, chunk)).collect();
        // The pages are stored in listing order.
        let run = header.map(|header| Run::new(header, plan, chunks));
        Self::holding(shop_id, limiter, run)
    }

    fn holding(shop_id: ShopId, limiter: ShopRateLimiter, run: Option<Run>) -> Self {
        let (waiting_lanes, changes) = Default::default();
        Self { shop_id, limiter, run, waiting_lanes, changes }
    }

    /// What the latest events changed. The caller stores it before doing anything else.
    pub fn take_changes(&mut self) -> ShopChanges {
        std::mem::take(&mut self.changes)
    }

    /// The active run, if its generation is `generation`.
    pub(crate) fn active(&mut self, generation: Generation) -> Option<&mut Run> {
        self.run.as_mut().filter(|run| run.is_active() && run.header.generation == generation)
    }

    /// Cancels a run. Returns true if it was active.
    pub fn cancel(&mut self, event: Event, generation: Generation, reason: &str) -> bool {
        let Some(run) = self.active(generation) else { return false };
        let changed = run.finish(event.now_ms, End::Cancelled { reason: reason.to_owned() });
        self.changes.header = true;
        self.changes.chunks.extend(changed);
        true
    }

    /// Marks the run as changed, so that it is stored and projected again.
    pub(crate) fn touched(&mut self) {
        if let Some(run) = self.run.as_mut() {
            run.touch();
            self.changes.header = true;
        }
    }

    /// Ends a run that cannot continue.
    pub(crate) fn fail(&mut self, now_ms: i64, message: String) {
        if let Some(run) = self.run.as_mut().filter(|run| run.is_active()) {
            let changed = run.finish(now_ms, End::Failed { message });
            self.changes.header = true;
            self.changes.chunks.extend(changed);
        }
    }
}
