//! `ShopSync`: one object per shop.

use super::{
    answer, live,
    shop_object::{Inner, Watchers},
    sockets,
};
use crate::adapter::storage::SqliteStorage;
use std::rc::Rc;
use sync_flow::object::ShopSyncObject;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

#[durable_object]
pub struct ShopSync {
    inner: Rc<Inner>,
}

impl DurableObject for ShopSync {
    fn new(state: State, env: Env) -> Self {
        let storage = SqliteStorage::open(state.storage());
        let (object, watchers) = (ShopSyncObject::default(), Watchers::default());
        Self { inner: Rc::new(Inner { state, env, storage, object, watchers }) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if request.headers().get("upgrade")?.is_some() {
            return live::watch(&self.inner, &request);
        }
        let reply = self.inner.execute(&mut request).await;
        live::changed(&self.inner);
        answer(reply)
    }

    async fn alarm(&self) -> Result<Response> {
        let done = self.inner.on_alarm().await;
        live::changed(&self.inner);
        // On an error the platform triggers the alarm again.
        done.map_err(|error| Error::from(error.to_string()))?;
        Response::empty()
    }

    /// Whoever watches has nothing to say; the platform itself answers "ping".
    async fn websocket_message(&self, _socket: WebSocket, _message: WebSocketIncomingMessage) -> Result<()> {
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        self.inner.watchers.gone();
        sockets::answer_close(&socket);
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: Error) -> Result<()> {
        self.inner.watchers.gone();
        Ok(())
    }
}
