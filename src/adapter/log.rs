//! Structured logs: one JSON object a line, as Workers Logs index it.
//!
//! Fields: `event` always; `shop`, `generation`, `stage`, `chunk`, `attempt` where they are known; times end in
//! `_ms`. Nothing that is written here may hold a token, a key or a signature.

use serde_json::{Value, json};
use worker::{console_error, console_log, console_warn};

/// Something went as planned.
pub fn info(event: &str, fields: Value) {
    console_log!("{}", line("info", event, fields));
}

/// Something needs an operator's eye, or may soon.
pub fn warn(event: &str, fields: Value) {
    console_warn!("{}", line("warn", event, fields));
}

/// Something failed.
pub fn error(event: &str, fields: Value) {
    console_error!("{}", line("error", event, fields));
}

fn line(level: &str, event: &str, fields: Value) -> Value {
    let mut line = json!({ "level": level, "event": event });
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields);
    }
    line
}
