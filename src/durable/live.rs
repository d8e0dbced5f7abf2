//! Those who watch a shop. What they are told never stands in the way of an event: it follows a moment later.

use super::{
    shop_object::Inner,
    sockets::{self, WATCHERS_MAX},
};
use crate::{
    adapter::{SINCE, log, sleep},
    live_run::message,
};
use compact::json;
use std::rc::Rc;
use sync_flow::host::Level;
use wasm_bindgen_futures::spawn_local;
use worker::{Request, Response, Result};

/// Between two messages, in milliseconds: five a second.
const PAUSE_MS: i64 = 200;

/// Takes a watcher in, and tells it what it does not know.
pub(super) fn watch(inner: &Inner, request: &Request) -> Result<Response> {
    let watchers = inner.state.get_websockets().len();
    if watchers >= WATCHERS_MAX {
        return Response::error("the shop has as many watchers as it may have", 503);
    }
    let since = request.headers().get(SINCE)?.and_then(|version| version.parse().ok());
    let (server, client) = sockets::accept(&inner.state)?;
    inner.watchers.any.set(Some(true));
    let is_first = watchers == 0;
    match inner.update(since) {
        Ok(update) => {
            if is_first {
                inner.watchers.told.set(update.as_ref().map_or(since, |update| update.version));
            }
            if let Some(update) = update {
                server.send(&message(update))?;
            }
        }
        Err(error) => {
            log::line(Level::Warn, "watcher_not_told", json!({ "error": error }));
            sockets::send_away(&server);
        }
    }
    Response::from_websocket(client)
}

/// After an event: whoever watches is told soon, all changes until then at once.
pub(super) fn changed(inner: &Rc<Inner>) {
    let any = inner.watchers.any.get().unwrap_or_else(|| !inner.state.get_websockets().is_empty());
    inner.watchers.any.set(Some(any));
    if !any || inner.watchers.due.replace(true) {
        return;
    }
    let inner = Rc::clone(inner);
    spawn_local(async move {
        sleep(PAUSE_MS).await;
        inner.watchers.due.set(false);
        tell(&inner);
    });
}

fn tell(inner: &Inner) {
    let watchers = &inner.watchers;
    let update = match inner.update(watchers.told.get()) {
        Ok(Some(update)) => update,
        Ok(None) => return,
        Err(error) => {
            log::line(Level::Warn, "watchers_not_told", json!({ "error": error }));
            return;
        }
    };
    let sockets = inner.state.get_websockets();
    watchers.any.set(Some(!sockets.is_empty()));
    watchers.told.set(update.version);
    sockets::close_old(&sockets, &watchers.looked_ms);
    sockets::tell_all(&sockets, &json!(message(update)).to_string());
}
