//! Deadlines of what others do for us. Whoever waits for us waits longer than we wait for them, so that it is told what was
//! late instead of finding out by itself.

use super::fetch;
use futures_util::future::{Either, select};
use std::{future::Future, pin::pin};

/// How long a handler waits, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For a connection to Postgres.
    pub connect_ms: i64,
    /// For the answer to a statement.
    pub statement_ms: i64,
    /// For the answer of an object.
    pub object_ms: i64,
}

impl Deadlines {
    /// Of a request over HTTP: somebody is waiting.
    pub const HTTP: Self = Self { connect_ms: 2_000, statement_ms: 3_000, object_ms: 40_000 };
    /// Of messages and ticks: the queue is patient, a lease of 60 s less so.
    pub const WORK: Self = Self { connect_ms: 5_000, statement_ms: 10_000, object_ms: 40_000 };
    /// Inside an object: requests and messages wait for it.
    pub const OBJECT: Self = Self { connect_ms: 2_000, statement_ms: 3_000, object_ms: 5_000 };
}

/// How often a statement is sent that was late or damaged, each time on a new connection.
pub const SENDS_MAX: i64 = 2;

/// Longest time until a request over HTTP is answered. Callers of the older function give it 50 s.
pub const REQUEST_MS_MAX: i64 = 48_000;

/// A refresh in an object: the governor, one call to Shopee, the new pair stored.
const REFRESH_MS_MAX: i64 = Deadlines::OBJECT.object_ms
    + sync_flow::permitted_calls::CALL_MS_MAX
    + SENDS_MAX * (Deadlines::OBJECT.connect_ms + Deadlines::OBJECT.statement_ms);
const _: () =
    assert!(REFRESH_MS_MAX < Deadlines::HTTP.object_ms && REFRESH_MS_MAX < Deadlines::WORK.object_ms);
const _: () = assert!(Deadlines::HTTP.object_ms < REQUEST_MS_MAX);

/// Waits for work until a deadline. None: it is over, and the work is dropped.
pub async fn within<T>(ms: i64, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(fetch::sleep(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
