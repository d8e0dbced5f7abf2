//! The input and output of endpoints.

use super::{auth::Caller, problem::Problem, request};
use crate::adapter::{self, Connection, WorkerHost};
use compact::json;
use serde::Serialize;
use serde_json::Value;
use worker::Env;

/// An answer: a status and a JSON body.
pub struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    /// The version of the content, if it has one.
    pub(super) version: Option<i64>,
}

impl Answer {
    /// 200.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body, version: None }
    }

    /// 200 with a page of a list: `items`, and `next_cursor` for the page after it.
    pub fn page<T: Serialize>(rows: &[T], limit: i32, cursor: impl Fn(&T) -> i64) -> Self {
        Self::page_of(rows, |row| json!(row), limit, cursor)
    }

    /// As [`Self::page`], with each item shown in a form of its own.
    pub fn page_of<T>(
        rows: &[T],
        shown: impl Fn(&T) -> Value,
        limit: i32,
        cursor: impl Fn(&T) -> i64,
    ) -> Self {
        let items: Vec<Value> = rows.iter().map(shown).collect();
        Self::ok(json!({ "items": items, "next_cursor": request::next(rows, limit, cursor) }))
    }

    /// 200 with an `ETag`.
    pub fn versioned(version: i64, body: Value) -> Self {
        Self { version: Some(version), ..Self::ok(body) }
    }

    /// 201: created.
    pub fn created(body: Value) -> Self {
        Self { status: 201, ..Self::ok(body) }
    }

    /// 202: accepted, but not done yet.
    pub fn accepted(body: Value) -> Self {
        Self { status: 202, ..Self::ok(body) }
    }
}

/// The context of a request.
pub struct Context<'a> {
    pub(super) env: &'a Env,
    pub(super) host: WorkerHost<'a>,
    pub(super) caller: Caller,
    /// The path's parameter; empty if the route has none.
    pub(super) parameter: String,
}

impl Context<'_> {
    /// Connects to Postgres.
    ///
    /// # Errors
    /// 503.
    pub async fn db(&self) -> Result<Connection<'_>, Problem> {
        adapter::connect(self.env).await.map_err(Problem::unavailable)
    }

    /// The caller, for the audit log.
    pub fn actor(&self) -> &str {
        &self.caller.0
    }
}
