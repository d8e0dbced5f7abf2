//! `FleetLive`: the one object that tells of all shops. It reads Postgres once a second while somebody watches, and no run
//! knows of it.

use super::sockets::{self, WATCHERS_MAX};
use crate::adapter::{self, SINCE, log, now_ms, sleep};
use api::live::{FleetMessage, FleetShop};
use compact::{SortedMap, json};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use store::fleet::{self, Changed};
use sync_flow::{error::FlowError, host::Level};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

/// Between two looks, in milliseconds.
const PAUSE_MS: i64 = 1_000;
/// How far ahead the alarm is set while somebody watches, in milliseconds: whoever looks may be lost with the memory.
const GUARD_ALARM_MS: i64 = 30_000;
/// At least so long between two messages that tell to read the list, in milliseconds.
const RELOAD_MS: i64 = 30_000;
/// Shops of one message; beyond that the list is to be read.
const SHOPS_MAX: i32 = 500;

#[durable_object]
pub struct FleetLive {
    inner: Rc<Inner>,
}

struct Inner {
    state: State,
    env: Env,
    /// Whether somebody looks once a second.
    looks: Cell<bool>,
    /// Since when is told; `None` if the memory was lost.
    version: RefCell<Option<String>>,
    /// What was told last, by shop.
    told: RefCell<SortedMap<i64, FleetShop>>,
    looked_ms: Cell<i64>,
    /// When all were told to read the list.
    reload_ms: Cell<i64>,
}

impl Inner {
    async fn read(&self, since: Option<&str>) -> std::result::Result<Changed, FlowError> {
        let db = adapter::connect(&self.env).await?;
        Ok(fleet::changed(&db, since, SHOPS_MAX).await?)
    }

    /// Takes a watcher in.
    async fn watch(&self, since: Option<&str>) -> Result<Response> {
        if self.state.get_websockets().len() >= WATCHERS_MAX {
            return Response::error("as many watch as may", 503);
        }
        let changed = self.read(since).await.map_err(|error| Error::from(error.to_string()))?;
        self.rewind(&changed.version);
        let (server, client) = sockets::accept(&self.state)?;
        server.send(&message(changed))?;
        self.guard().await?;
        Response::from_websocket(client)
    }

    /// The next look begins no later than what a newcomer has read; others hear some of it again. Where some watch and the
    /// memory was lost, it stays so until the next look, which tells all of them to read the list.
    fn rewind(&self, read: &str) {
        self.told.replace(SortedMap::default());
        let is_first = self.state.get_websockets().is_empty();
        let mut version = self.version.borrow_mut();
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        if is_first || version.as_deref().is_some_and(|known| number(known) > number(read)) {
            *version = Some(read.to_owned());
        }
    }

    async fn guard(&self) -> Result<()> {
        self.state.storage().set_alarm(GUARD_ALARM_MS).await
    }

    /// Looks once, and tells what has changed. False if nobody watches any more.
    async fn look(&self) -> bool {
        let sockets = self.state.get_websockets();
        if sockets.is_empty() {
            return false;
        }
        sockets::close_old(&sockets, &self.looked_ms);
        let since = self.version.borrow().clone();
        match self.read(since.as_deref()).await {
            Ok(changed) => self.tell(changed),
            Err(error) => log::line(Level::Warn, "fleet_not_read", json!({ "error": error })),
        }
        true
    }

    fn tell(&self, mut changed: Changed) {
        // A transaction that stays open holds versions back: once too much has changed since, each look would say so.
        let now_ms = now_ms();
        if changed.shops.is_none() && now_ms.saturating_sub(self.reload_ms.get()) < RELOAD_MS {
            return;
        }
        self.version.replace(Some(changed.version.clone()));
        let mut told = self.told.borrow_mut();
        match changed.shops.as_mut() {
            Some(shops) => {
                shops.retain(|shop| told.get(&shop.shop_id) != Some(shop));
                told.extend(shops.iter().map(|shop| (shop.shop_id, shop.clone())));
                if shops.is_empty() {
                    return;
                }
            }
            None => {
                self.reload_ms.set(now_ms);
                *told = SortedMap::default();
            }
        }
        // Whoever has come since the look began is told, too.
        sockets::tell_all(&self.state.get_websockets(), &json!(message(changed)).to_string());
    }
}

fn message(changed: Changed) -> FleetMessage {
    let version = changed.version;
    match changed.shops {
        Some(shops) => FleetMessage::Changes { version, shops },
        None => FleetMessage::Reload { version },
    }
}

/// Looks once a second until nobody watches.
fn look_on(inner: &Rc<Inner>) {
    if inner.looks.replace(true) {
        return;
    }
    let inner = Rc::clone(inner);
    spawn_local(async move {
        loop {
            sleep(PAUSE_MS).await;
            if !inner.look().await {
                inner.looks.set(false);
                inner.told.replace(SortedMap::default());
                inner.version.replace(None);
                return;
            }
        }
    });
}

impl DurableObject for FleetLive {
    fn new(state: State, env: Env) -> Self {
        let (looks, version, told) = (Cell::new(false), RefCell::default(), RefCell::default());
        Self {
            inner: Rc::new(Inner {
                state,
                env,
                looks,
                version,
                told,
                looked_ms: Cell::new(0),
                reload_ms: Cell::new(0),
            }),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let response = self.inner.watch(request.headers().get(SINCE)?.as_deref()).await?;
        look_on(&self.inner);
        Ok(response)
    }

    async fn alarm(&self) -> Result<Response> {
        if !self.inner.state.get_websockets().is_empty() {
            look_on(&self.inner);
            self.inner.guard().await?;
        }
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
        sockets::answer_close(&socket);
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: Error) -> Result<()> {
        Ok(())
    }
}
