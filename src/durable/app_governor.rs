//! `AppGovernor`: one object per partner app.

use super::{answer, envelope, number};
use crate::adapter::{Deadlines, WorkerHost, storage::SqliteStorage};
use sync_core::AppId;
use sync_flow::error::FlowError;
use sync_flow::{
    commands::{AppCommand, Envelope},
    object::GovernorObject,
};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

#[durable_object(fetch)]
pub struct AppGovernor {
    state: State,
    env: Env,
    storage: std::result::Result<SqliteStorage, FlowError>,
    object: GovernorObject,
}

impl AppGovernor {
    async fn execute(&self, request: &mut Request) -> std::result::Result<serde_json::Value, FlowError> {
        let Envelope { shop_id, command } = envelope::<AppCommand>(request).await?;
        let app = AppId(number(&self.state)?);
        self.object
            .execute(
                &WorkerHost::new(&self.env, Deadlines::OBJECT),
                self.storage.as_ref().map_err(Clone::clone)?,
                app,
                shop_id,
                command,
            )
            .await
    }
}

impl DurableObject for AppGovernor {
    fn new(state: State, env: Env) -> Self {
        let storage = SqliteStorage::open(state.storage());
        Self { state, env, storage, object: GovernorObject::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        answer(self.execute(&mut request).await)
    }
}
