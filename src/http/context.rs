//! The input and output of endpoints.

use super::{auth::Caller, problem::Problem, request};
use crate::adapter::{self, Connection, WorkerHost};
use api::page::Page;
use serde::Serialize;
use sync_core::ShopId;
use worker::{Env, Response};

/// An answer: a status and a body.
pub struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// The body's text.
    pub(super) body: String,
    /// The `ETag` of the content, without its quotes, if it has one.
    pub(super) tag: Option<String>,
    /// The end of a WebSocket, which is the whole answer.
    pub(super) socket: Option<Response>,
}

impl Answer {
    /// 200.
    ///
    /// # Errors
    /// The body cannot be written as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(Problem::unavailable)?;
        Ok(Self::text("application/json", body))
    }

    /// 200 with a body of another type of content.
    pub fn text(content_type: &'static str, body: String) -> Self {
        Self { status: 200, content_type, body, tag: None, socket: None }
    }

    /// 200 with a page of a list.
    ///
    /// # Errors
    /// As for [`Self::ok`].
    pub fn page<T: Serialize>(rows: Vec<T>, limit: i32, cursor: impl Fn(&T) -> i64) -> Result<Self, Problem> {
        let next_cursor = request::next(&rows, limit, cursor);
        Self::ok(&Page { items: rows, next_cursor })
    }

    /// With an `ETag`.
    pub fn versioned(self, version: i64) -> Self {
        Self { tag: Some(version.to_string()), ..self }
    }

    /// 304: the caller has the content with this tag.
    pub fn not_modified(tag: String) -> Self {
        Self { status: super::NOT_MODIFIED, tag: Some(tag), ..Self::text("application/json", String::new()) }
    }

    /// 101: the connection is a WebSocket from now on.
    pub fn socket(response: Response) -> Self {
        Self { status: 101, socket: Some(response), ..Self::text("", String::new()) }
    }

    /// 201: created.
    pub fn created(self) -> Self {
        Self { status: 201, ..self }
    }

    /// 202: accepted, but not done yet.
    pub fn accepted(self) -> Self {
        Self { status: 202, ..self }
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

    /// Checks that the caller may reach a shop, or the whole deployment (`None`).
    ///
    /// # Errors
    /// 404: another's shop; 403: the deployment.
    pub fn must_reach(&self, shop: Option<ShopId>) -> Result<(), Problem> {
        match shop {
            Some(shop) if !self.caller.may_reach(shop) => Err(Problem::unknown_shop(shop)),
            None if self.caller.shops.is_some() => Err(Problem::of_deployment(Some("shop_id"))),
            _ => Ok(()),
        }
    }

    /// The caller, for the audit log.
    pub fn actor(&self) -> &str {
        &self.caller.name
    }
}
