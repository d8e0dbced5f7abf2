//! Deadlines for what other parts do for us. Our callers wait longer than we wait for other parts, so that we can
//! report what was late before they give up.

use super::fetch;
use futures_util::future::{Either, select};
use std::{future::Future, pin::pin};

/// The deadlines of a handler, in milliseconds.
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
    /// For an HTTP request, whose caller is waiting.
    pub const HTTP: Self = Self { connect_ms: 2_000, statement_ms: 3_000, object_ms: 40_000 };
    /// For messages and ticks: the queue can wait, a lease of 60 s less so.
    pub const WORK: Self = Self { connect_ms: 5_000, statement_ms: 10_000, object_ms: 40_000 };
    /// For `GET /v1/doctor`, which answers within ten seconds whatever is down.
    pub const DOCTOR: Self = Self { connect_ms: 2_000, statement_ms: 2_000, object_ms: 3_000 };
    /// Inside an object, for which requests and messages wait.
    pub const OBJECT: Self = Self { connect_ms: 2_000, statement_ms: 3_000, object_ms: 5_000 };
}

/// How often a late or damaged statement is sent, each time on a new connection.
pub const SENDS_MAX: i64 = 2;

/// Longest time to answer an HTTP request, in milliseconds. Callers of the older function allow 50 s.
pub const REQUEST_MS_MAX: i64 = 48_000;

/// Longest token refresh in an object: the governor, one call to Shopee, and storing the new pair.
const REFRESH_MS_MAX: i64 = Deadlines::OBJECT.object_ms
    + sync_flow::permitted_calls::CALL_MS_MAX
    + SENDS_MAX * (Deadlines::OBJECT.connect_ms + Deadlines::OBJECT.statement_ms);
const _: () =
    assert!(REFRESH_MS_MAX < Deadlines::HTTP.object_ms && REFRESH_MS_MAX < Deadlines::WORK.object_ms);
const _: () = assert!(Deadlines::HTTP.object_ms < REQUEST_MS_MAX);

/// Waits for work until a deadline. `None` if the deadline has passed; the work is then dropped.
pub async fn within<T>(ms: i64, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(fetch::sleep(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}
