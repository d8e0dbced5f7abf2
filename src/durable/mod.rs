//! The Durable Objects: thin shells around `sync_flow::object`.

mod app_governor;
mod fleet_live;
mod live;
mod shop_object;
mod shop_sync;
mod sockets;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sync_flow::commands::Envelope;
use sync_flow::error::FlowError;
use worker::{Request, Response, Result, State};

/// The number in an object's name.
fn number(state: &State) -> std::result::Result<i64, FlowError> {
    let name = state.id().name().ok_or_else(|| FlowError::platform("the object has no name"))?;
    name.parse().map_err(|_| FlowError::platform("the object's name is no number"))
}

/// Reads a command.
async fn envelope<C: DeserializeOwned>(request: &mut Request) -> std::result::Result<Envelope<C>, FlowError> {
    let text = request.text().await.map_err(FlowError::platform)?;
    // The parser's message may quote a value, which may be a token.
    compact::json::from_str(&text)
        .map_err(|error| FlowError::Platform(format!("not a command, at column {}", error.column())))
}

fn answer(reply: std::result::Result<Value, FlowError>) -> Result<Response> {
    match reply {
        Ok(reply) => Response::ok(reply.to_string()),
        Err(error) => Response::error(error.to_string(), 500),
    }
}
