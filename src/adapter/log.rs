//! Structured logs: one JSON object a line, as Workers Logs index it.
//!
//! Fields: `event` always; `shop`, `generation`, `stage`, `chunk`, `attempt` where they are known; times end in
//! `_ms`. Nothing that is written here may hold a token, a key or a signature.

use serde_json::{Value, json};
use sync_flow::host::Level;
use worker::{console_error, console_log, console_warn};

/// Writes a line.
pub fn line(level: Level, event: &str, fields: Value) {
    let word = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let mut line = json!({ "level": word, "event": event });
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields);
    }
    match level {
        Level::Info => console_log!("{line}"),
        Level::Warn => console_warn!("{line}"),
        Level::Error => console_error!("{line}"),
    }
}
