//! Calls objects, which are named by the shop's or the app's id in decimal.

use super::within;
use serde::Serialize;
use sync_core::ShopId;
use sync_flow::commands::Envelope;
use sync_flow::error::FlowError;
use worker::{Env, Headers, Method, Request, RequestInit, Response};

/// The header in which an object is told what a watcher knows.
pub const SINCE: &str = "x-ads-since";

/// Sends a command to an object, given its binding and name, and waits for at most `ms` milliseconds. Returns its reply
/// as JSON text.
///
/// # Errors
/// The object did not answer, or reported an error. The command may have been carried out.
pub async fn ask<C: Serialize>(
    env: &Env,
    (binding, name): (&str, &str),
    ms: i64,
    shop_id: ShopId,
    command: &C,
) -> Result<String, FlowError> {
    let body = serde_json::to_string(&Envelope { shop_id, command })?;
    let wrong = |error: worker::Error| {
        FlowError::Platform(format!("the object {name} of {binding} did not answer: {error}"))
    };
    let stub =
        env.durable_object(binding).and_then(|namespace| namespace.get_by_name(name)).map_err(wrong)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    let request = Request::new_with_init("https://object/", &init).map_err(wrong)?;
    let answered = async {
        let mut response = stub.fetch_with_request(request).await?;
        let text = response.text().await?;
        Ok::<_, worker::Error>((response.status_code(), text))
    };
    let Some(answer) = within(ms, answered).await else {
        return Err(FlowError::Platform(format!(
            "the object {name} of {binding} did not answer within {ms} ms"
        )));
    };
    match answer.map_err(wrong)? {
        (200, text) => Ok(text),
        (status, text) => {
            Err(FlowError::Platform(format!("the object {name} of {binding} answered {status}: {text}")))
        }
    }
}

/// Opens a WebSocket to an object, given its binding and name, on which it tells what changes. `since`: the version that the
/// watcher knows. Returns the answer of the object as it is: 101, or why not.
///
/// # Errors
/// The object did not answer.
pub async fn watch(
    env: &Env,
    (binding, name): (&str, &str),
    since: Option<&str>,
) -> Result<Response, FlowError> {
    let asked = async {
        let stub = env.durable_object(binding)?.get_by_name(name)?;
        let headers = Headers::new();
        headers.set("upgrade", "websocket")?;
        if let Some(since) = since {
            headers.set(SINCE, since)?;
        }
        let mut init = RequestInit::new();
        init.with_headers(headers);
        let request = Request::new_with_init("https://object/", &init)?;
        stub.fetch_with_request(request).await
    };
    asked.await.map_err(FlowError::platform)
}
