//! Answers that differ from the documentation, or lack rows.

use crate::state::faults::{Fault, Kind};
use serde_json::{Map, Value};

/// Changes an answer's text by a fault of the kind "drift" or "leave_out".
pub fn change(body: &[u8], fault: &Fault) -> Vec<u8> {
    let Ok(mut content) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    if fault.kind == Kind::LeaveOut {
        leave_out(&mut content, fault);
        if let (Some(warning), Some(fields)) = (&fault.message, content.as_object_mut()) {
            fields.insert("warning".to_owned(), warning.clone().into());
        }
    } else {
        walk(&mut content, fault, fault.matches.ids.is_none());
    }
    content.to_string().into_bytes()
}

/// Removes the rows of the given campaigns, or of all.
fn leave_out(value: &mut Value, fault: &Fault) {
    match value {
        Value::Array(values) => {
            values.retain(|value| {
                let id = value.get("campaign_id").and_then(Value::as_i64);
                !id.is_some_and(|id| fault.matches.ids.as_ref().is_none_or(|ids| ids.contains(&id)))
            });
            values.iter_mut().for_each(|value| leave_out(value, fault));
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| leave_out(value, fault)),
        _ => {}
    }
}

fn walk(value: &mut Value, fault: &Fault, inside: bool) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, fault, inside)),
        Value::Object(fields) => {
            let inside = inside || is_named(fields, fault);
            fields.values_mut().for_each(|value| walk(value, fault, inside));
            if inside {
                set(fields, fault);
            }
        }
        _ => {}
    }
}

fn is_named(fields: &Map<String, Value>, fault: &Fault) -> bool {
    let id = fields.get("campaign_id").and_then(Value::as_i64);
    id.is_some_and(|id| fault.matches.ids.as_ref().is_some_and(|ids| ids.contains(&id)))
}

fn set(fields: &mut Map<String, Value>, fault: &Fault) {
    let (Some(beside), Some(field)) = (&fault.beside, &fault.field) else { return };
    if fields.contains_key(beside) {
        match &fault.value {
            Some(value) => drop(fields.insert(field.clone(), value.clone())),
            None => drop(fields.remove(field)),
        }
    }
}
