//! The faults.

use clap::ValueEnum;
use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing: what the others are to be compared with.
    None,
    /// Wrangler and workerd are killed and started again: objects keep what they stored, queues lose their messages.
    WorkerKill,
    /// Postgres shuts down, cutting all connections, and starts again.
    PostgresRestart,
    /// Postgres ends without a shutdown and recovers from its log.
    PostgresCrash,
    /// All connections between the Worker and the pooler are cut, five times in a row.
    ConnectionCut,
    /// One digit is replaced in each of some statements on their way to Postgres.
    StatementDamaged,
    /// Answers of Postgres on the connections that are open never come.
    PostgresSilent,
    /// The pooler is killed and started again.
    PoolerRestart,
    /// Postgres is away for ten minutes.
    PostgresAway,
    /// Postgres takes statements, and answers none for 75 seconds.
    PostgresFrozen,
    /// Shopee sends a part of the calls elsewhere, for some seconds.
    ShopeeRedirects,
    /// Shopee answers a fifth of the calls with status 500, with status 429 or not at all, for some seconds.
    ShopeeErrors,
    /// A message traps the instance that receives it, with everything that runs in its isolate. The local queue delivers it
    /// (and what was in its batch) again after each crash, up to the limit of wrangler.toml: so one message is several crashes.
    IsolateCrash,
}

impl Fault {
    /// As the command line and the table name it.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
