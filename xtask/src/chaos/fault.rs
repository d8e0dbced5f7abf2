//! The kinds of faults.

use clap::ValueEnum;
use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// No fault, as a baseline.
    None,
    /// Wrangler and workerd are killed and restarted: Durable Objects keep their storage, queues lose their messages.
    WorkerKill,
    /// Postgres shuts down, closing all connections, and restarts.
    PostgresRestart,
    /// Postgres crashes and recovers from its write-ahead log.
    PostgresCrash,
    /// All connections between the Worker and the pooler are reset, five times in a row.
    ConnectionCut,
    /// One digit is replaced in each of several statements sent to Postgres.
    StatementDamaged,
    /// Postgres' responses on all open connections are lost.
    PostgresSilent,
    /// The pooler is killed and restarted.
    PoolerRestart,
    /// Postgres is down for ten minutes.
    PostgresAway,
    /// Postgres accepts statements but sends no response for 75 seconds.
    PostgresFrozen,
    /// Shopee redirects a share of the calls for some seconds.
    ShopeeRedirects,
    /// A fifth of the calls to Shopee fail with status 500, status 429 or a timeout, for some seconds.
    ShopeeErrors,
    /// A message traps the wasm instance that receives it, and everything else in its isolate. The local queue redelivers the
    /// message (and its batch) after each crash, up to the limit in wrangler.toml, so one message causes several crashes.
    IsolateCrash,
}

impl Fault {
    /// Its name on the command line and in the table.
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

/// A fault and when to inject it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Injection {
    /// The progress of the run, 0 to 1. 0: as soon as the run is accepted, and so certainly before its end.
    pub at: f64,
    /// The fault.
    pub fault: Fault,
}
