//! What has changed in a shop's run since somebody looked.

use crate::run_view::RunView;
use std::{fmt, str::FromStr};
use sync_core::{Chunk, Generation, Shop};

/// A run at a moment. Revisions are stored, so that they go on rising when the object has lost its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The run.
    pub generation: Generation,
    /// The revision of its header.
    pub rev: u64,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.generation.0, self.rev)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (generation, rev) = text.split_once('-').ok_or(())?;
        let generation = generation.parse().map_err(drop)?;
        Ok(Self { generation: Generation(generation), rev: rev.parse().map_err(drop)? })
    }
}

/// What to tell whoever knows an older version, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The version now; none if there is no run.
    pub version: Option<Version>,
    /// Since which version; `None`: all of it.
    pub since: Option<Version>,
    /// The run, with the chunks that have changed since.
    pub view: Option<RunView>,
}

impl Update {
    /// `None` if nothing has changed. A version of another run, or one that is still to come, counts as none.
    #[must_use]
    pub fn of(shop: &Shop, since: Option<Version>, now_ms: i64) -> Option<Self> {
        let version =
            shop.run.as_ref().map(|run| Version { generation: run.header.generation, rev: run.header.rev });
        if since.is_some() && since == version {
            return None;
        }
        let since = since.filter(|since| {
            version.is_some_and(|now| now.generation == since.generation && now.rev > since.rev)
        });
        let has_changed = |chunk: &Chunk| since.is_none_or(|since| chunk.rev > since.rev);
        let view = RunView::with_chunks(shop, now_ms, has_changed);
        Some(Self { version, since, view })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_view::ChunkView;
    use std::collections::BTreeMap;
    use sync_core::{
        AttemptOutcome, Begin, ChunkKey, ChunkResult, CommitReply, Event, Kind, ListedPage, ProjectionResult,
        Settings, ShopId, Trigger,
    };

    const EVENT: Event = Event { now_ms: 1_000, random: 0.5 };

    /// Somebody who watches, and keeps what was told.
    #[derive(Default)]
    struct Watcher {
        version: Option<Version>,
        chunks: BTreeMap<ChunkKey, ChunkView>,
        told: usize,
    }

    impl Watcher {
        fn look(&mut self, shop: &Shop) {
            let Some(update) = Update::of(shop, self.version, EVENT.now_ms) else { return };
            let Some(view) = update.view else { return };
            if update.since.is_none() {
                self.chunks.clear();
            }
            self.told += view.chunks.len();
            self.version = update.version;
            self.chunks.extend(view.chunks.into_iter().map(|chunk| (chunk.key, chunk)));
        }

        fn knows(&self, shop: &Shop) {
            let view = RunView::of(shop, EVENT.now_ms).expect("a run");
            let chunks: BTreeMap<_, _> = view.chunks.into_iter().map(|chunk| (chunk.key, chunk)).collect();
            assert_eq!(self.chunks, chunks);
        }
    }

    fn begin(shop: &mut Shop, job: &str) -> Generation {
        let begin = Begin {
            job_id: job.to_owned(),
            kind: Kind::Realtime,
            trigger: Trigger::Http,
            retry_of: None,
            today: "2026-03-01".parse().unwrap(),
            settings: Settings { direct_threshold: 0, ..Settings::default() },
            generation_floor: Generation(0),
            asked_at_ms: 0,
        };
        shop.begin(EVENT, begin).generation()
    }

    fn list(shop: &mut Shop, generation: Generation) {
        let lease = shop.claim_listing(EVENT, generation).expect("nobody lists");
        let page = ListedPage { offset: 0, ids: (1..=1_000).collect(), rows: 1_000, has_next_page: false };
        shop.page(EVENT, generation, lease.attempt, &page);
    }

    /// Hands out one chunk after another, and lets each be done. `look` comes after each.
    fn work(shop: &mut Shop, mut look: impl FnMut(&Shop)) {
        loop {
            shop.alarm(EVENT);
            let messages = shop.take_changes().chunk_messages;
            if messages.is_empty() {
                return;
            }
            for message in messages {
                let mut claimed = shop.claim(EVENT, message.generation, message.key(), message.attempt);
                look(shop);
                let Some(work) = claimed.work() else { continue };
                let (generation, key, attempt) = (work.generation, work.key, work.attempt);
                let outcome = AttemptOutcome::Done { result: ChunkResult::default(), spenders: None };
                let _: CommitReply = shop.commit(EVENT, generation, key, attempt, outcome, false);
                look(shop);
            }
        }
    }

    #[test]
    fn whoever_looks_seldom_or_often_knows_the_same_in_the_end() {
        let mut shop = Shop::new(ShopId(1));
        let (mut often, mut seldom, mut looks) = (Watcher::default(), Watcher::default(), 0);
        often.look(&shop);
        assert_eq!(often.version, None);
        let generation = begin(&mut shop, "a");
        list(&mut shop, generation);
        work(&mut shop, |shop| {
            looks += 1;
            often.look(shop);
            often.knows(shop);
            if looks % 7 == 0 {
                seldom.look(shop);
                seldom.knows(shop);
            }
        });
        often.look(&shop);
        seldom.look(&shop);
        often.knows(&shop);
        seldom.knows(&shop);
        assert!(looks > 20 && often.told < looks * 12, "{} chunks were told of in {looks} looks", often.told);
        assert_eq!(Update::of(&shop, often.version, EVENT.now_ms), None, "nothing has changed since");
    }

    /// Postgres shows the end a moment after it: a watcher who was told of the end meanwhile hears of that, too.
    #[test]
    fn that_the_end_is_shown_is_told_too() {
        let mut shop = Shop::new(ShopId(1));
        let generation = begin(&mut shop, "a");
        list(&mut shop, generation);
        shop.cancel(EVENT, generation, "a test");
        let end = Update::of(&shop, None, 0).and_then(|update| update.version).expect("a run");
        let projection = shop.projection(EVENT.now_ms).expect("the end is shown");
        shop.projected(EVENT, generation, projection.rev, ProjectionResult::Written);
        let told =
            Update::of(&shop, Some(end), 0).and_then(|update| update.view).expect("something has changed");
        assert!(told.closed && told.chunks.is_empty());
    }

    #[test]
    fn a_version_of_another_run_counts_as_none() {
        let mut shop = Shop::new(ShopId(1));
        let generation = begin(&mut shop, "a");
        list(&mut shop, generation);
        let now = Update::of(&shop, None, 0).and_then(|update| update.version).expect("a run");
        for other in [
            Version { generation: Generation(now.generation.0 - 1), ..now },
            Version { generation: generation.next(), ..now },
            Version { rev: now.rev + 1, ..now },
        ] {
            assert_eq!(Update::of(&shop, Some(other), 0).expect("all of it").since, None);
        }
        let before = Version { rev: now.rev - 1, ..now };
        assert_eq!(Update::of(&shop, Some(before), 0).expect("a change").since, Some(before));
    }

    #[test]
    fn a_version_is_read_as_it_is_written() {
        let version = Version { generation: Generation(7), rev: 120 };
        assert_eq!("7-120".parse(), Ok(version));
        assert_eq!(version.to_string(), "7-120");
        for text in ["", "7", "7-", "-1", "x-1", "7-1-2"] {
            assert_eq!(text.parse::<Version>(), Err(()), "{text}");
        }
    }
}
