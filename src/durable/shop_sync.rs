//! `ShopSync`: one object per shop.

use super::{answer, envelope, number};
use crate::adapter::{Deadlines, WorkerHost, log, storage::SqliteStorage};
use compact::json;
use sync_core::ShopId;
use sync_flow::error::FlowError;
use sync_flow::{
    commands::{Command, Envelope},
    host::Level,
    object::ShopSyncObject,
};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

#[durable_object]
pub struct ShopSync {
    state: State,
    env: Env,
    storage: std::result::Result<SqliteStorage, FlowError>,
    object: ShopSyncObject,
}

impl ShopSync {
    async fn execute(&self, request: &mut Request) -> std::result::Result<serde_json::Value, FlowError> {
        let Envelope { shop_id, command } = envelope::<Command>(request).await?;
        let host = WorkerHost::new(&self.env, Deadlines::OBJECT);
        let reply =
            self.object.execute(&host, self.storage.as_ref().map_err(Clone::clone)?, shop_id, command).await;
        reply.inspect_err(|error| {
            log::line(Level::Error, "object_failed", json!({ "shop": shop_id, "error": error }));
        })
    }

    async fn on_alarm(&self) -> std::result::Result<(), FlowError> {
        let shop_id = ShopId(number(&self.state)?);
        self.object
            .alarm(
                &WorkerHost::new(&self.env, Deadlines::OBJECT),
                self.storage.as_ref().map_err(Clone::clone)?,
                shop_id,
            )
            .await
    }
}

impl DurableObject for ShopSync {
    fn new(state: State, env: Env) -> Self {
        let storage = SqliteStorage::open(state.storage());
        Self { state, env, storage, object: ShopSyncObject::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        answer(self.execute(&mut request).await)
    }

    async fn alarm(&self) -> Result<Response> {
        // On an error the platform triggers the alarm again.
        self.on_alarm().await.map_err(|error| worker::Error::from(error.to_string()))?;
        Response::empty()
    }
}
