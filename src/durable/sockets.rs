//! The sockets of those who watch an object. They outlive its memory.

use crate::adapter::now_ms;
use js_sys::JsString;
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{Result, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// Watchers of one object.
pub const WATCHERS_MAX: usize = 2_000;
/// How long somebody may watch before the token is asked for again, in milliseconds.
const WATCH_MS_MAX: i64 = 3_600_000;
/// How often those who have watched for too long are looked for, in milliseconds.
const LOOK_MS: i64 = 60_000;
/// The close code for "try again" (RFC 6455's registry).
const TRY_AGAIN: u16 = 1013;

#[wasm_bindgen]
extern "C" {
    // A text that is made once for all of them.
    type Socket;
    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, text: &JsString) -> std::result::Result<(), JsValue>;
}

/// Makes a socket that may hibernate: the object's end, and the watcher's.
pub fn accept(state: &State) -> Result<(WebSocket, WebSocket)> {
    let WebSocketPair { client, server } = WebSocketPair::new()?;
    state.accept_web_socket(&server);
    state.set_websocket_auto_response(&WebSocketRequestResponsePair::new("ping", "pong")?);
    server.serialize_attachment(now_ms())?;
    Ok((server, client))
}

/// Sends the same text to all.
pub fn tell_all(sockets: &[WebSocket], text: &str) {
    let text = JsString::from(text);
    for socket in sockets {
        // One that has just closed takes nothing; the platform forgets it.
        let _ = socket.as_ref().unchecked_ref::<Socket>().send(&text);
    }
}

/// Ends a socket, whose watcher is to come again.
pub fn send_away(socket: &WebSocket) {
    // One that is closed already needs no end.
    let _ = socket.close(Some(TRY_AGAIN), Some("watch again"));
}

/// Answers a watcher's goodbye, which the platform does not do by itself.
pub fn answer_close(socket: &WebSocket) {
    // One that is closed already needs no answer.
    let _ = socket.close(None, None::<&str>);
}

/// Ends those who have watched for long, since their tokens may have ended. It looks once a minute; `looked_ms` is when it
/// has.
pub fn close_old(sockets: &[WebSocket], looked_ms: &Cell<i64>) {
    let now_ms = now_ms();
    if now_ms.saturating_sub(looked_ms.get()) < LOOK_MS {
        return;
    }
    looked_ms.set(now_ms);
    for socket in sockets {
        let since_ms = socket.deserialize_attachment::<i64>().ok().flatten().unwrap_or(0);
        if now_ms.saturating_sub(since_ms) > WATCH_MS_MAX {
            send_away(socket);
        }
    }
}
