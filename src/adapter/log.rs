//! Structured logs: one JSON object per line, as Workers Logs indexes them.
//!
//! Fields: `event` always; `shop`, `generation`, `stage`, `chunk`, `attempt` if known; times end in `_ms`. No line may
//! contain a token, a key or a signature.

use compact::json;
use serde_json::Value;
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
