//! Traces in the log: one id leads from the request that began a run to each of its calls and statements.
//!
//! The id is the run's, which the answer to a sync request and `GET /v1/runs` name; the lines that have it are `run_begun`,
//! `run_resumed`, `page`, `chunk`, `shopee_error`, `listing_failed` and `run_ended`.

use crate::host::Host;
use std::cell::RefCell;
use store::{Db, DbError, Param, Statement};
use sync_core::{Generation, RunId, ShopId};

/// Most calls or statements of one line; an attempt rarely makes more.
pub const STEPS_MAX: usize = 40;

/// The id of a run's lines.
#[must_use]
pub fn id(shop_id: i64, generation: Generation) -> String {
    RunId { shop: ShopId(shop_id), generation }.to_string()
}

/// A connection that remembers its statements and how long they took, in milliseconds.
pub struct TracedDb<'a, H: Host> {
    host: &'a H,
    db: &'a H::Db,
    statements: RefCell<Vec<(&'static str, i64)>>,
}

impl<'a, H: Host> TracedDb<'a, H> {
    /// Remembers nothing yet.
    pub fn new(host: &'a H, db: &'a H::Db) -> Self {
        Self { host, db, statements: RefCell::default() }
    }

    /// The first statements, in the order of their answers.
    pub fn statements(&self) -> Vec<(&'static str, i64)> {
        self.statements.borrow().clone()
    }
}

impl<H: Host> Db for TracedDb<'_, H> {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let began_ms = self.host.now_ms();
        let rows = self.db.rows(statement, params).await;
        let mut statements = self.statements.borrow_mut();
        if statements.len() < STEPS_MAX {
            statements.push((statement.name, self.host.now_ms().saturating_sub(began_ms)));
        }
        rows
    }
}
