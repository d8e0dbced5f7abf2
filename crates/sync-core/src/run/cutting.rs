//! Cuts the plan into chunks: which ids a chunk has, and how many can be cut now.

use super::{
    attempt::ListedPart,
    chunk::{Chunk, ChunkState},
    state::{Cut, Phase, Run, RunHeader},
};
use crate::{
    ids::{ChunkKey, Stage},
    limits::{CHUNK_TARGET_MS, EARLY_SHARE},
};
use compact::SortedMap;

impl Run {
    /// A run with these ids, in listing order, and these chunks.
    pub(crate) fn new(header: RunHeader, plan: Vec<i64>, chunks: SortedMap<ChunkKey, Chunk>) -> Self {
        let mut run = Self { header, plan, ordered: Vec::new(), chunks };
        if run.header.listing.complete {
            run.order();
        }
        run
    }

    /// The ids of a chunk.
    #[must_use]
    pub fn ids(&self, chunk: &Chunk) -> Vec<i64> {
        match chunk.key.stage {
            Stage::Campaigns | Stage::ShopTotals => self.planned_ids(chunk).to_vec(),
            Stage::Performance => {
                let spenders = self.spenders().skip(chunk.first as usize);
                spenders.take(chunk.size as usize).collect()
            }
        }
    }

    /// The part of a complete listing that a chunk of settings speaks for. The chunks that were cut after the listing
    /// divide all of it, in proportion to their ids. `None` for a chunk that was cut before, or if the listing was not
    /// complete.
    pub(crate) fn listed(&self, chunk: &Chunk) -> Option<ListedPart> {
        let first = chunk.first.checked_sub(self.header.listing.early)?;
        if chunk.key.stage != Stage::Campaigns || !self.header.listing.complete {
            return None;
        }
        let all = if self.ordered.is_empty() { &self.plan } else { &self.ordered };
        let late = self.planned().saturating_sub(self.header.listing.early);
        let place = |id: u32| {
            let place = u64::from(id) * u64::from(self.planned()) / u64::from(late.max(1));
            usize::try_from(place).unwrap_or(usize::MAX)
        };
        let (from, to) = (place(first), place(first.saturating_add(chunk.size)));
        let before = from.checked_sub(1).and_then(|last| all.get(last));
        let last = to.checked_sub(1).filter(|_| to < all.len()).and_then(|last| all.get(last));
        Some(ListedPart {
            first: before.map_or(i64::MIN, |id| id.saturating_add(1)),
            last: last.copied().unwrap_or(i64::MAX),
            ids: all.get(from..to).unwrap_or_default().to_vec(),
        })
    }

    /// Brings what is not cut yet in the order of the ids, since the listing is complete.
    pub(crate) fn order(&mut self) {
        let early = self.header.listing.early as usize;
        if let Some(late) = self.plan.get_mut(early..) {
            late.sort_unstable();
        }
        if early > 0 {
            self.ordered = self.plan.clone();
            self.ordered.sort_unstable();
        }
    }

    fn planned_ids(&self, chunk: &Chunk) -> &[i64] {
        let first = chunk.first as usize;
        self.plan.get(first..first.saturating_add(chunk.size as usize)).unwrap_or(&[])
    }

    /// The ids that the performance stage works on. Fixed once all settings are fetched, since chunks index it.
    pub fn spenders(&self) -> impl Iterator<Item = i64> {
        let plan = if self.header.fetch.settings { &[] } else { self.plan.as_slice() };
        let chunks = self.stage(Stage::Campaigns);
        let ids = chunks.flat_map(|chunk| match &chunk.spenders {
            Some(ids) => ids.as_slice(),
            None => self.planned_ids(chunk),
        });
        plan.iter().chain(ids).copied()
    }

    /// The first stage that all campaigns go through.
    pub(crate) fn main_stage(&self) -> Stage {
        if self.header.fetch.settings { Stage::Campaigns } else { Stage::Performance }
    }

    /// Campaigns that the performance stage leaves out, as far as is known.
    pub(crate) fn left_out(&self) -> u32 {
        self.stage(Stage::Campaigns).map(Chunk::left_out).fold(0, u32::saturating_add)
    }

    /// The chunks of a stage, by index.
    pub fn stage(&self, stage: Stage) -> impl DoubleEndedIterator<Item = &Chunk> {
        let key = |index| ChunkKey { stage, index };
        self.chunks.range(key(0)..=key(u32::MAX)).map(|(_, chunk)| chunk)
    }

    /// The number of campaigns in the plan.
    #[must_use]
    pub fn planned(&self) -> u32 {
        u32::try_from(self.plan.len()).unwrap_or(u32::MAX)
    }

    /// The number of chunks in a stage, including those not cut yet (at the current size).
    #[must_use]
    pub fn total_chunks(&self, stage: Stage) -> u32 {
        let cut = self.stage(stage).count();
        u32::try_from(cut)
            .unwrap_or(u32::MAX)
            .saturating_add(self.uncut(stage).div_ceil(self.header.sizes.of(stage)))
    }

    /// The number of ids in a stage that are not in a chunk yet.
    pub(crate) fn uncut(&self, stage: Stage) -> u32 {
        let planned = if self.header.mode.is_some() { self.planned() } else { 0 };
        planned.saturating_sub(match stage {
            Stage::Campaigns if self.header.fetch.settings => self.header.cut.campaigns,
            Stage::Performance => self.header.cut.performance.saturating_add(self.left_out()),
            Stage::Campaigns | Stage::ShopTotals => planned,
        })
    }

    /// How many ids of a stage can be cut now.
    pub(crate) fn ready(&self, stage: Stage) -> u32 {
        let full = |ids: u32| if ids < self.header.sizes.of(stage) { 0 } else { ids };
        match (self.header.phase, stage) {
            (Phase::Listing, stage) if stage == self.main_stage() => full(self.early()),
            (Phase::Campaigns, Stage::Performance) if self.header.fetch.settings => {
                full(self.settled().saturating_sub(self.header.cut.performance))
            }
            (Phase::Campaigns | Phase::Performance, stage) if self.is_open(stage) => self.uncut(stage),
            _ => 0,
        }
    }

    /// How many ids can be cut before the listing has ended. Enough of them remain for the chunks that speak for the
    /// whole listing.
    fn early(&self) -> u32 {
        let planned = self.planned();
        if self.header.retry_of.is_some() || planned <= self.header.settings.direct_threshold {
            return 0;
        }
        let Cut { campaigns, performance } = self.header.cut;
        let cut = if self.header.fetch.settings { campaigns } else { performance };
        (planned - planned / EARLY_SHARE).saturating_sub(cut)
    }

    /// How many ids of the performance stage are fixed: those of the first chunks of settings up to the first that is
    /// not terminal. A chunk that is split keeps its place, and its other half comes last, so this only grows.
    fn settled(&self) -> u32 {
        let settled = self.stage(Stage::Campaigns).take_while(|chunk| chunk.state.is_terminal());
        settled.map(|chunk| chunk.size - chunk.left_out()).fold(0, u32::saturating_add)
    }

    /// The stage whose chunks are handed out now, as far as there are any.
    pub(crate) fn leading_stage(&self) -> Stage {
        let is_first = matches!(self.header.phase, Phase::Listing) || self.ready(Stage::Campaigns) > 0;
        if is_first { self.main_stage() } else { Stage::Performance }
    }

    /// Whether a chunk that waits can be worked on: the settings of its campaigns are known.
    pub(crate) fn is_workable(&self, chunk: &Chunk) -> bool {
        let needs_settings = chunk.key.stage == Stage::Performance && self.header.fetch.settings;
        let is_early = self.header.phase == Phase::Campaigns && needs_settings;
        self.is_open(chunk.key.stage)
            && (!is_early || chunk.first.saturating_add(chunk.size) <= self.settled())
    }

    /// How long the last chunk of a stage took, in milliseconds; as long as a chunk may take if none is done.
    pub(crate) fn last_duration_ms(&self, stage: Stage) -> u64 {
        let done = self.stage(stage).rev().find_map(|chunk| match &chunk.state {
            ChunkState::Done { result } => Some(result.duration_ms),
            _ => None,
        });
        done.unwrap_or(CHUNK_TARGET_MS)
    }

    /// Cuts the next chunk of a stage, of at most so many ids.
    pub(crate) fn cut_next(&mut self, stage: Stage, most: u32) -> Option<ChunkKey> {
        let size = most.min(self.header.sizes.of(stage));
        if size == 0 {
            return None;
        }
        let key = ChunkKey { stage, index: self.next_index(stage) };
        let cut = match stage {
            Stage::Campaigns => &mut self.header.cut.campaigns,
            Stage::Performance | Stage::ShopTotals => &mut self.header.cut.performance,
        };
        let first = *cut;
        *cut += size;
        self.chunks.insert(key, Chunk::new(key, first, size));
        Some(key)
    }

    /// The index of the next chunk of a stage.
    pub(crate) fn next_index(&self, stage: Stage) -> u32 {
        self.stage(stage).next_back().map_or(0, |chunk| chunk.key.index.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use crate::*;
    use compact::SortedSet;
    use proptest::prelude::*;

    /// Lists these ids in pages, with a consumer at work meanwhile, and hands out all chunks of settings.
    fn settings_chunks(ids: &[i64], page: usize) -> Vec<Work> {
        let mut shop = Shop::new(ShopId(1));
        let event = Event { now_ms: 1_000, random: 0.5 };
        let settings =
            Settings { chunk_size: 10, direct_threshold: 20, window_chunks: 50, ..Settings::default() };
        let request = Begin {
            job_id: "a".to_owned(),
            kind: Kind::Realtime,
            trigger: Trigger::Sql,
            retry_of: None,
            today: chrono::NaiveDate::default(),
            settings: Settings { shop_calls_per_second: 1_000.0, ..settings },
            generation_floor: Generation(0),
            asked_at_ms: 0,
        };
        let generation = shop.begin(event, request).generation();
        let lease = shop.claim_listing(event, generation).unwrap();
        let mut works = Vec::new();
        let mut from = 0;
        loop {
            let to = (from + page).min(ids.len());
            let listed = ListedPage {
                offset: from as u64,
                ids: ids[from..to].to_vec(),
                rows: (to - from) as u32,
                has_next_page: to < ids.len(),
            };
            let reply = shop.page(event, generation, lease.attempt, &listed);
            let mut next = match &reply {
                PageReply::Planned { work } => work.clone(),
                _ => None,
            };
            loop {
                let messages = shop.take_changes().chunk_messages;
                for message in &messages {
                    if let ClaimReply::Work { work } =
                        shop.claim(event, generation, message.key(), message.attempt)
                    {
                        works.push(*work);
                    }
                }
                works.extend(next.take().map(|work| *work));
                let Some(work) = works.iter().rev().find(|work| is_leased(&shop, work)) else { break };
                let result = ChunkResult { written: work.ids.len() as u32, ..ChunkResult::default() };
                let outcome = AttemptOutcome::Done { result, spenders: None };
                next = shop.commit(event, generation, work.key, work.attempt, outcome, true).next.work;
            }
            let PageReply::Next { offset } = reply else { break };
            from = offset as usize;
        }
        works.retain(|work| work.key.stage == Stage::Campaigns);
        works
    }

    fn is_leased(shop: &Shop, work: &Work) -> bool {
        let chunk = shop.run.as_ref().and_then(|run| run.chunks.get(&work.key));
        chunk.is_some_and(|chunk| matches!(chunk.state, ChunkState::Leased { .. }))
    }

    proptest! {
        #[test]
        fn each_id_is_in_one_chunk_and_the_parts_divide_the_listing(
            ids in proptest::collection::btree_set(any::<i64>(), 1..400), page in 25usize..200, turn in 0usize..400,
        ) {
            let mut listed: Vec<i64> = ids.iter().copied().collect();
            listed.rotate_left(turn % ids.len());
            let works = settings_chunks(&listed, page);
            let mut fetched: Vec<i64> = works.iter().flat_map(|work| work.ids.clone()).collect();
            fetched.sort_unstable();
            prop_assert_eq!(&fetched, &ids.iter().copied().collect::<Vec<_>>());
            let mut parts: Vec<ListedPart> = works.into_iter().filter_map(|work| work.listed).collect();
            parts.sort_by_key(|part| part.first);
            prop_assert_eq!((parts[0].first, parts[parts.len() - 1].last), (i64::MIN, i64::MAX));
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].last.checked_add(1), Some(pair[1].first));
            }
            for part in parts {
                let inside: SortedSet<i64> = ids.range(part.first..=part.last).copied().collect();
                prop_assert_eq!(&part.ids.iter().copied().collect::<SortedSet<_>>(), &inside);
                prop_assert!(part.ids.len() <= 10 * EARLY_SHARE as usize + 1);
            }
        }
    }
}
