//! Tells people of alerts: makes the messages that are due, and brings them to their sinks.

pub mod address;
pub mod request;
pub mod text;
pub mod words;

use crate::{
    error::FlowError,
    host::{Host, HttpPost},
    token_encryption::{self, Place},
};
use compact::json;
use futures_util::future::join_all;
use serde_json::Value;
use shopee::{HttpResponse, TransportError};
use store::{
    Db,
    alert_kind::AlertKind,
    alerts,
    sinks::messages::{self, Due},
};
use sync_core::{
    SINK_ANSWER_MS_MAX, SINK_FAILING_SECONDS, SINK_LOST_SECONDS, SINK_PAUSE_SECONDS, SINK_PAUSE_SECONDS_MAX,
    SINK_TICK_MS_MAX, SINK_TRY_SECONDS_MAX, SINKS_AT_ONCE,
};

/// Makes and sends what is due. A sink that hangs or fails is tried again later, and holds nobody up.
///
/// # Errors
/// What the database reports.
pub async fn tick(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    let made = messages::plan(db).await?;
    let until_ms = host.now_ms().saturating_add(SINK_TICK_MS_MAX);
    let (mut sent, mut failed) = (0_u32, 0_u32);
    while host.now_ms() < until_ms {
        let due = messages::claim(db, SINKS_AT_ONCE, SINK_LOST_SECONDS).await?;
        if due.is_empty() {
            break;
        }
        let outcomes = join_all(due.iter().map(|due| send(host, due))).await;
        for (due, outcome) in due.iter().zip(outcomes) {
            let failure = outcome.as_ref().err().map(|failure| (failure.reason.as_str(), failure.seconds));
            messages::settle(db, due, failure, SINK_TRY_SECONDS_MAX).await?;
            *(if failure.is_none() { &mut sent } else { &mut failed }) += 1;
        }
    }
    match messages::failing(db, SINK_FAILING_SECONDS).await? {
        Some(text) => alerts::raise(db, AlertKind::SinkFailing, None, &text).await?,
        None => alerts::resolve(db, AlertKind::SinkFailing, None).await?,
    };
    Ok(json!({ "made": made, "sent": sent, "failed": failed }))
}

/// Sends a message that tells only that the sink works. `None`: there is no such sink; else why it did not arrive, if it
/// did not.
///
/// # Errors
/// What the database reports.
pub async fn test(
    db: &impl Db,
    host: &impl Host,
    sink_id: &str,
    message_id: &str,
) -> Result<Option<Result<(), String>>, FlowError> {
    let Some(due) = messages::test(db, sink_id, message_id).await? else { return Ok(None) };
    let outcome = send(host, &due).await;
    let failure = outcome.as_ref().err().map(|failure| (failure.reason.as_str(), failure.seconds));
    messages::settle(db, &due, failure, SINK_TRY_SECONDS_MAX).await?;
    Ok(Some(outcome.map_err(|failure| failure.reason)))
}

/// Why a message did not arrive, and in how many seconds it is tried again.
struct Failure {
    reason: String,
    seconds: i64,
}

async fn send(host: &impl Host, due: &Due) -> Result<(), Failure> {
    let pause = SINK_PAUSE_SECONDS << due.attempts.clamp(1, 10).saturating_sub(1);
    let failure = |reason: String, asked: Option<i64>| Failure {
        reason,
        seconds: asked.unwrap_or(pause).clamp(SINK_PAUSE_SECONDS, SINK_PAUSE_SECONDS_MAX),
    };
    let post = prepare(host, due).map_err(|error| failure(error.to_string(), None))?;
    match host.post(&post, SINK_ANSWER_MS_MAX).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) => Err(failure(refusal(&answer), retry_after(&answer))),
        Err(TransportError::TooLarge) => Err(failure("the answer is too large".to_owned(), None)),
        Err(TransportError::Timeout) => Err(failure("no answer within 10 s".to_owned(), None)),
        Err(TransportError::Network(text)) => Err(failure(format!("not reached: {text}"), None)),
    }
}

/// What a sink seals: its address and its secret, each of which may be empty.
///
/// # Errors
/// It cannot be opened, or not be sent to; repeats nothing of it.
fn prepare(host: &impl Host, due: &Due) -> Result<HttpPost, FlowError> {
    let config = host.config()?;
    let plain = token_encryption::open(config.keyring.as_ref(), Place::Sink(&due.sink_id), &due.sealed)?;
    let (address, secret) =
        plain.split_once('\n').ok_or_else(|| FlowError::invalid("what is sealed is cut"))?;
    if !address.is_empty() {
        address::host(address, config.sinks.open)
            .map_err(|reason| FlowError::Invalid(format!("the address {reason}")))?;
    }
    request::request(due, (address, secret), &config.sinks, host.now_ms()).map_err(FlowError::invalid)
}

// Of the answer only its status is told: a body may repeat the secret.
fn refusal(answer: &HttpResponse) -> String {
    match answer.status {
        300..400 => format!("answered {}: redirects are not followed", answer.status),
        status => format!("answered {status}"),
    }
}

/// Seconds after which the receiver wants to be asked again.
fn retry_after(answer: &HttpResponse) -> Option<i64> {
    answer.retry_after.as_deref().and_then(|text| text.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use store::sinks::messages::Due;

    /// A message that begins an alert of one shop.
    pub(super) fn due(sink_kind: &str) -> Due {
        Due {
            id: "m".to_owned(),
            sink_id: "s".to_owned(),
            sink_kind: sink_kind.to_owned(),
            sealed: String::new(),
            sends_to: "-100".to_owned(),
            sender: Some("ads@example.com".to_owned()),
            language: "en".to_owned(),
            what: "begin".to_owned(),
            kind: Some("reconsent".to_owned()),
            severity: Some("critical".to_owned()),
            alerts: 1,
            attempts: 1,
            lines: Some("Shop (5): authorize".to_owned()),
            content: r#"[{"shop_id":5}]"#.to_owned(),
        }
    }
}
