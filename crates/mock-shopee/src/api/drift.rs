//! Answers that differ from the documentation.

use super::Answer;
use crate::state::faults::Fault;
use serde_json::{Map, Value, value::to_raw_value};

/// Changes an answer as a fault of the kind "drift" says.
pub fn change(answer: Answer, fault: &Fault) -> Answer {
    let Answer::Response { response, warning } = answer else { return answer };
    let Ok(mut content) = serde_json::from_str(response.get()) else {
        return Answer::Response { response, warning };
    };
    walk(&mut content, fault, fault.matches.ids.is_none());
    Answer::Response { response: to_raw_value(&content).unwrap_or(response), warning }
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
