//! A shop with its queue and its consumers, all in memory and under one virtual clock.

use std::collections::{BTreeMap, BTreeSet};
use sync_core::*;

/// Everything around the state machine.
pub struct World {
    pub shop: Shop,
    pub now_ms: i64,
    pub queue: Vec<ChunkMessage>,
    pub starts: Vec<StartMessage>,
    pub leased: Vec<Work>,
    /// Postgres: which generation wrote an id last, and how often each (generation, id) was written.
    pub written: BTreeMap<(i64, i64), u32>,
    /// How often the performance of an id was fetched by a generation.
    pub performed: BTreeMap<(i64, i64), u32>,
    /// Which campaigns can have spent; none: nobody knows.
    pub spends: Option<fn(i64) -> bool>,
    /// Attempts at this stage fail.
    pub failing: Option<Stage>,
    /// What is synced.
    pub kind: Kind,
    /// The last picture that Postgres took.
    pub shown: Option<Projection>,
    /// The operators have reset the progress row.
    pub reset: bool,
    /// The stored pages of the plan.
    pub pages: BTreeMap<u32, Vec<i64>>,
    /// The id of the first campaign.
    pub first_id: i64,
    generations: Vec<Generation>,
    commits: u32,
}

/// Settings under which only the window limits how much is under way.
pub fn fast() -> Settings {
    Settings { shop_calls_per_second: 1_000.0, ..Settings::default() }
}

impl World {
    pub fn new() -> Self {
        Self {
            shop: Shop::new(ShopId(1)),
            now_ms: 1_000_000,
            queue: Vec::new(),
            starts: Vec::new(),
            leased: Vec::new(),
            written: BTreeMap::new(),
            performed: BTreeMap::new(),
            spends: None,
            failing: None,
            kind: Kind::Realtime,
            shown: None,
            reset: false,
            pages: BTreeMap::new(),
            first_id: 0,
            generations: Vec::new(),
            commits: 0,
        }
    }

    pub fn event(&self) -> Event {
        Event { now_ms: self.now_ms, random: 0.5 }
    }

    /// Runs one event the way the object does: core, alarm, storage, messages.
    pub fn apply<R>(&mut self, work: impl FnOnce(&mut Shop, Event) -> R) -> R {
        let event = self.event();
        let reply = work(&mut self.shop, event);
        self.shop.alarm(event);
        let changes = self.shop.take_changes();
        self.store(&changes);
        self.queue.extend(changes.chunk_messages);
        self.starts.extend(changes.start_messages);
        self.check();
        reply
    }

    /// Stores what the object stores.
    fn store(&mut self, changes: &ShopChanges) {
        if changes.new_run {
            self.pages.clear();
        }
        self.pages.extend(changes.pages.iter().cloned());
        let Some(run) = &self.shop.run else { return };
        let text = |value: serde_json::Result<String>| value.expect("plain data").len();
        let pages = changes.pages.iter().map(|(_, ids)| text(serde_json::to_string(ids)));
        let chunks =
            changes.chunks.iter().map(|key| text(serde_json::to_string(run.chunks.get(key).unwrap())));
        let header = changes.header.then(|| text(serde_json::to_string(&run.header)));
        let limiter = changes.limiter.then(|| text(serde_json::to_string(&self.shop.limiter)));
        let largest = pages.chain(chunks).chain(header).chain(limiter).max().unwrap_or_default();
        assert!(largest < VALUE_BYTES_MAX, "a value of {largest} bytes");
    }

    pub fn begin(&mut self, job: &str, settings: Settings) -> BeginReply {
        self.begin_of(job, settings, None)
    }

    pub fn begin_of(&mut self, job: &str, settings: Settings, retry_of: Option<Generation>) -> BeginReply {
        let asked_at_ms = self.now_ms;
        let request = Begin {
            job_id: job.to_owned(),
            kind: self.kind,
            trigger: Trigger::Http,
            retry_of,
            today: "2026-03-01".parse().unwrap(),
            settings,
            generation_floor: Generation(0),
            asked_at_ms,
        };
        let reply = self.apply(|shop, event| shop.begin(event, request));
        if let BeginReply::Begun { generation } = reply {
            assert!(self.generations.last().is_none_or(|last| *last < generation), "generations rise");
            self.generations.push(generation);
            self.shown = None;
            self.reset = false;
        }
        reply
    }

    /// Lists `count` campaigns; the plan is frozen afterwards. The first work of a direct run is the answer.
    pub fn list(&mut self, generation: Generation, count: i64) -> Option<Work> {
        let lease =
            self.apply(|shop, event| shop.claim_listing(event, generation)).expect("the listing is free");
        let mut offset = lease.offset;
        loop {
            let end = (offset + u64::from(lease.page_size)).min(count as u64);
            let page = ListedPage {
                offset,
                ids: (offset as i64..end as i64).map(|row| self.first_id + row).collect(),
                rows: (end - offset) as u32,
                has_next_page: end < count as u64,
            };
            match self.apply(|shop, event| shop.page(event, generation, lease.attempt, &page)) {
                PageReply::Next { offset: next } => offset = next,
                PageReply::Planned { work } => return work.map(|work| *work),
                PageReply::Stale => panic!("nobody else lists"),
            }
        }
    }

    pub fn deliver(&mut self, message: &ChunkMessage) {
        let reply =
            self.apply(|shop, event| shop.claim(event, message.generation, message.key(), message.attempt));
        if let ClaimReply::Work { work } = reply {
            self.leased.push(*work);
        }
    }

    /// A consumer writes and commits.
    pub fn succeed(&mut self, work: &Work) -> CommitReply {
        if self.failing == Some(work.key.stage) {
            let message = "broken".to_owned();
            let failure = AttemptFailure {
                class: shopee::ErrorClass::Retry,
                message,
                retry_after_s: None,
                calls: 1,
                endpoint: None,
            };
            return self.commit(work, AttemptOutcome::Failed { failure });
        }
        for id in &work.ids {
            *self.written.entry((work.generation.0, *id)).or_default() += 1;
            if work.key.stage == Stage::Performance {
                *self.performed.entry((work.generation.0, *id)).or_default() += 1;
            }
        }
        let result = ChunkResult { written: work.ids.len() as u32, calls: 1, ..ChunkResult::default() };
        let spends = self.spends.filter(|_| work.key.stage == Stage::Campaigns);
        let spenders = spends.map(|spends| work.ids.iter().copied().filter(|id| spends(*id)).collect());
        self.commit(work, AttemptOutcome::Done { result, spenders })
    }

    /// The ids whose performance a generation has fetched, each once.
    pub fn performed(&self, generation: Generation) -> Vec<i64> {
        let fetched = self.performed.iter().filter(|((of, _), _)| *of == generation.0);
        assert!(fetched.clone().all(|(_, times)| *times == 1));
        fetched.map(|((_, id), _)| *id).collect()
    }

    /// A consumer goes on after a success; every third hands its place back.
    pub fn commit(&mut self, work: &Work, outcome: AttemptOutcome) -> CommitReply {
        self.commits += 1;
        let is_done = matches!(outcome, AttemptOutcome::Done { .. });
        let goes_on = is_done && !self.commits.is_multiple_of(3);
        self.apply(|shop, event| {
            shop.commit(event, work.generation, work.key, work.attempt, outcome, goes_on)
        })
    }

    /// The alarm: shows the run in Postgres if that is due.
    pub fn alarm(&mut self) {
        if let Some(projection) = self.shop.projection(self.now_ms) {
            let result = if self.reset && projection.cancelled.is_none() {
                ProjectionResult::Reset
            } else {
                self.show(projection.clone());
                ProjectionResult::Written
            };
            let (generation, rev) = (projection.generation, projection.rev);
            self.apply(|shop, event| shop.projected(event, generation, rev, result));
        }
        self.apply(|_, _| ());
    }

    fn show(&mut self, next: Projection) {
        if let Some(last) = self.shown.as_ref().filter(|last| last.generation == next.generation) {
            let key = |p: &Projection| (p.stage, p.current_chunk);
            assert!(key(last) <= key(&next) || next.stage == ProjectedStage::Failed, "progress fell");
            assert!(last.synced_campaigns <= next.synced_campaigns, "counters fell");
        }
        assert!(next.synced_campaigns <= next.total_campaigns && next.chunks_done <= next.chunks_planned);
        self.shown = Some(next);
    }

    /// What must hold after every event.
    fn check(&self) {
        let Some(run) = &self.shop.run else { return };
        let header = &run.header;
        assert_eq!(header.phase == Phase::Ended, header.end.is_some());
        let in_flight = run.chunks.values().filter(|chunk| chunk.state.is_in_flight()).count();
        assert!(in_flight <= header.settings.window_chunks as usize, "the window is a bound");
        assert!(run.chunks.values().all(|chunk| chunk.failures <= header.settings.max_attempts));
        if header.end == Some(End::Completed) {
            let receipt = Receipt::of(run);
            assert!(receipt.balances() && receipt.failed_chunks == 0);
            assert!(run.chunks.values().all(|chunk| matches!(chunk.state, ChunkState::Done { .. })));
            let seen: BTreeSet<i64> = run.plan.iter().copied().collect();
            let own = |id: &i64| self.written.contains_key(&(header.generation.0, *id));
            let before = |id: &i64| header.retry_of.is_some_and(|of| self.written.contains_key(&(of.0, *id)));
            let written = |id: &i64| own(id) || before(id);
            assert!(seen.len() == run.plan.len() && seen.iter().all(written), "completed means written");
        }
        if run.is_active() {
            let idle = in_flight == 0 && self.shop.next_alarm_ms(self.now_ms).is_none();
            assert!(!idle, "an active run always has something that brings it on");
        }
    }

    /// No more faults: everything that is due happens, until the run has ended and Postgres shows it.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.shop.run.as_ref().is_none_or(Run::is_closed) {
                return;
            }
            for message in std::mem::take(&mut self.queue) {
                self.deliver(&message);
            }
            for work in std::mem::take(&mut self.leased) {
                let mut next = self.succeed(&work).next.work;
                while let Some(work) = next {
                    next = self.succeed(&work).next.work;
                }
            }
            self.alarm();
            let now_ms = self.now_ms;
            self.now_ms = self.shop.next_alarm_ms(now_ms).map_or(now_ms, |at| at.max(now_ms));
            self.alarm();
            if !self.starts.is_empty() {
                self.starts.clear();
                let generation = self.shop.run.as_ref().unwrap().header.generation;
                if self.shop.run.as_ref().unwrap().header.phase == Phase::Listing {
                    let work = self.list(generation, 30);
                    self.leased.extend(work);
                }
            }
        }
        panic!("the run never ended: {:?}", self.shop.run.as_ref().map(|run| &run.header));
    }
}
