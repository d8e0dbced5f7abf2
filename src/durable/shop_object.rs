//! What a shop's object holds in memory.

use super::{envelope, number};
use crate::adapter::{Deadlines, WorkerHost, log, storage::SqliteStorage};
use compact::json;
use std::cell::Cell;
use sync_core::ShopId;
use sync_flow::{
    commands::{Command, Envelope},
    error::FlowError,
    host::Level,
    live::{Update, Version},
    object::ShopSyncObject,
};
use worker::{Env, Request, State};

/// Shared with what tells the watchers, which outlives the event that it follows.
pub(super) struct Inner {
    pub(super) state: State,
    pub(super) env: Env,
    pub(super) storage: std::result::Result<SqliteStorage, FlowError>,
    pub(super) object: ShopSyncObject,
    pub(super) watchers: Watchers,
}

impl Inner {
    fn storage(&self) -> std::result::Result<&SqliteStorage, FlowError> {
        self.storage.as_ref().map_err(Clone::clone)
    }

    fn host(&self) -> WorkerHost<'_> {
        WorkerHost::new(&self.env, Deadlines::OBJECT)
    }

    pub(super) async fn execute(
        &self,
        request: &mut Request,
    ) -> std::result::Result<serde_json::Value, FlowError> {
        let Envelope { shop_id, command } = envelope::<Command>(request).await?;
        let reply = self.object.execute(&self.host(), self.storage()?, shop_id, command).await;
        reply.inspect_err(|error| {
            log::line(Level::Error, "object_failed", json!({ "shop": shop_id, "error": error }));
        })
    }

    pub(super) async fn on_alarm(&self) -> std::result::Result<(), FlowError> {
        let shop_id = ShopId(number(&self.state)?);
        self.object.alarm(&self.host(), self.storage()?, shop_id).await
    }

    /// What to tell whoever knows the run as it was at `since`.
    pub(super) fn update(&self, since: Option<Version>) -> std::result::Result<Option<Update>, FlowError> {
        let shop_id = ShopId(number(&self.state)?);
        self.object.update(&self.host(), self.storage()?, shop_id, since)
    }
}

/// What is remembered of them. The sockets themselves outlive the object's memory.
#[derive(Default)]
pub(super) struct Watchers {
    /// Whether there are any; `None`: not looked yet.
    pub(super) any: Cell<Option<bool>>,
    /// Whether a message is about to be sent.
    pub(super) due: Cell<bool>,
    /// The version that all of them have been told.
    pub(super) told: Cell<Option<Version>>,
    pub(super) looked_ms: Cell<i64>,
}

impl Watchers {
    /// Somebody has gone.
    pub(super) fn gone(&self) {
        self.any.set(None);
    }
}
