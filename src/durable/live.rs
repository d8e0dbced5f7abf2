//! Those who watch a shop. What they are told never stands in the way of an event: it follows a moment later.

use super::shop_object::Inner;
use crate::{
    adapter::{SINCE, log, now_ms, sleep},
    live_run::message,
};
use compact::json;
use js_sys::JsString;
use std::rc::Rc;
use sync_flow::host::Level;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use worker::{Request, Response, Result, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// Between two messages, in milliseconds: five a second.
const PAUSE_MS: i64 = 200;
/// Watchers of one shop.
const WATCHERS_MAX: usize = 2_000;
/// How long somebody may watch before the token is asked for again, in milliseconds.
const WATCH_MS_MAX: i64 = 3_600_000;
/// How often those who have watched for too long are looked for, in milliseconds.
const LOOK_MS: i64 = 60_000;
/// The platform's close code for "try again".
const TRY_AGAIN: u16 = 1013;

#[wasm_bindgen]
extern "C" {
    // A text that is made once for all of them.
    type Socket;
    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, text: &JsString) -> std::result::Result<(), JsValue>;
}

/// Takes a watcher in, and tells it what it does not know.
pub(super) fn watch(inner: &Inner, request: &Request) -> Result<Response> {
    let watchers = inner.state.get_websockets().len();
    if watchers >= WATCHERS_MAX {
        return Response::error("the shop has as many watchers as it may have", 503);
    }
    let since = request.headers().get(SINCE)?.and_then(|version| version.parse().ok());
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    inner.state.accept_web_socket(&server);
    inner.state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
    server.serialize_attachment(now_ms())?;
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
            server.close(Some(TRY_AGAIN), Some("try again"))?;
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
        tell_all(&inner);
    });
}

fn tell_all(inner: &Inner) {
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
    let text = JsString::from(json!(message(update)).to_string());
    for socket in &sockets {
        // One that has just closed takes nothing; the platform forgets it.
        let _ = socket.as_ref().unchecked_ref::<Socket>().send(&text);
    }
    close_old(inner, &sockets);
}

/// A token may have ended since: whoever has watched for long asks again.
fn close_old(inner: &Inner, sockets: &[WebSocket]) {
    let now_ms = now_ms();
    if now_ms.saturating_sub(inner.watchers.looked_ms.get()) < LOOK_MS {
        return;
    }
    inner.watchers.looked_ms.set(now_ms);
    for socket in sockets {
        let since_ms = socket.deserialize_attachment::<i64>().ok().flatten().unwrap_or(0);
        if now_ms.saturating_sub(since_ms) > WATCH_MS_MAX {
            let _ = socket.close(Some(TRY_AGAIN), Some("watch again"));
        }
    }
}
