//! The queues, one line each; all code that needs a queue's name gets it here.

use sync_core::{DEAD_REDELIVERY_SECONDS_MAX, REDELIVERY_SECONDS_MAX, redelivery_seconds};

/// A queue of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Start messages: begin a job's run.
    Start,
    /// Chunk messages: make an attempt at a chunk.
    Chunk,
    /// Budget messages: look at a shop's budgets.
    Budget,
}

/// The queue from which a consumer receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The queue itself.
    Live(Queue),
    /// Its dead-letter queue: every delivery has failed.
    Dead(Queue),
}

impl Queue {
    /// All queues.
    pub const ALL: [Self; 3] = [Self::Start, Self::Chunk, Self::Budget];

    /// Its name on the platform.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "ads-sync-start",
            Self::Chunk => "ads-sync-chunk",
            Self::Budget => "ads-budget",
        }
    }

    /// The binding through which the Worker sends to it.
    #[must_use]
    pub const fn binding(self) -> &'static str {
        match self {
            Self::Start => "START_QUEUE",
            Self::Chunk => "CHUNK_QUEUE",
            Self::Budget => "BUDGET_QUEUE",
        }
    }

    /// The name of its dead-letter queue.
    #[must_use]
    pub const fn dead_letter_queue(self) -> &'static str {
        match self {
            Self::Start => "ads-sync-start-dead",
            Self::Chunk => "ads-sync-chunk-dead",
            Self::Budget => "ads-budget-dead",
        }
    }

    /// The queue of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }
}

impl Source {
    /// The source with this queue name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let dead = || Queue::ALL.into_iter().find(|queue| queue.dead_letter_queue() == name);
        Queue::named(name).map(Self::Live).or_else(|| dead().map(Self::Dead))
    }

    /// The wait before a message is redelivered after this many deliveries, in seconds. The waits grow, so that an
    /// outage, for example of Postgres, uses up no message.
    #[must_use]
    pub fn retry_seconds(self, deliveries: u32) -> u32 {
        let max = match self {
            Self::Live(_) => REDELIVERY_SECONDS_MAX,
            Self::Dead(_) => DEAD_REDELIVERY_SECONDS_MAX,
        };
        redelivery_seconds(deliveries, max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compact::SortedSet;
    use sync_core::{BATCH_MESSAGES_MAX, BUDGET_SHOPS_AT_ONCE, DEAD_REDELIVERIES, REDELIVERIES};
    use toml::{Table, Value};

    fn tables(section: &str) -> Vec<Table> {
        let config: Table = include_str!("../../../wrangler.toml").parse().unwrap();
        let tables = config["queues"][section].as_array().unwrap();
        tables.iter().map(|table| table.as_table().unwrap().clone()).collect()
    }

    #[test]
    fn the_queues_are_those_that_wrangler_binds() {
        let text = |table: &Table, key: &str| table[key].as_str().unwrap().to_owned();
        let bound: SortedSet<(String, String)> =
            tables("producers").iter().map(|table| (text(table, "queue"), text(table, "binding"))).collect();
        let ours = Queue::ALL.map(|queue| (queue.name().to_owned(), queue.binding().to_owned()));
        assert_eq!(bound, SortedSet::from(ours));
    }

    #[test]
    fn each_queue_and_its_dead_letters_are_consumed_as_the_limits_say() {
        let consumers = tables("consumers");
        assert_eq!(consumers.len(), 2 * Queue::ALL.len());
        for consumer in consumers {
            let name = consumer["queue"].as_str().unwrap();
            let dead = consumer.get("dead_letter_queue").and_then(Value::as_str);
            let (deliveries, ours) = match Source::named(name).unwrap() {
                Source::Live(queue) => (REDELIVERIES, Some(queue.dead_letter_queue())),
                Source::Dead(_) => (DEAD_REDELIVERIES, None),
            };
            assert_eq!(
                (consumer["max_retries"].as_integer(), dead),
                (Some(deliveries.into()), ours),
                "{name}"
            );
            let size = match Source::named(name).unwrap() {
                Source::Live(Queue::Start | Queue::Chunk) => BATCH_MESSAGES_MAX,
                Source::Live(Queue::Budget) => BUDGET_SHOPS_AT_ONCE,
                Source::Dead(_) => continue,
            };
            let is_bound = consumer["max_batch_size"].as_integer() == i64::try_from(size).ok();
            assert!(is_bound, "{name}");
        }
    }

    #[test]
    fn waits_grow_to_their_bound() {
        let waits = |source: Source| [1, 2, 3, 7, 100].map(|deliveries| source.retry_seconds(deliveries));
        assert_eq!(waits(Source::Live(Queue::Start)), [5, 10, 20, 300, 300]);
        assert_eq!(waits(Source::Dead(Queue::Start)), [5, 10, 20, 320, 3_600]);
        assert_eq!(Source::Live(Queue::Chunk).retry_seconds(0), 5, "a platform that does not count");
    }
}
