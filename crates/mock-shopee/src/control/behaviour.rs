//! `/_mock/behaviour`: the platform's behaviour.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::behaviour::Behaviour;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The current behaviour.
pub async fn get(State(platform): State<Arc<Platform>>) -> Json<Behaviour> {
    Json(platform.behaviour())
}

/// Changes the given parts; the others are kept. Changed rate limits start with full buckets, and a changed lock starts open.
pub async fn put(State(platform): State<Arc<Platform>>, body: Bytes) -> Result<Json<Behaviour>, Bad> {
    let given: Map<String, Value> = input::body(&body)?;
    let mut world = platform.world();
    let mut merged = serde_json::to_value(&world.behaviour).unwrap_or_default();
    merge(&mut merged, given);
    let behaviour: Behaviour = input::body(&merged.to_string().into())?;
    world.set_behaviour(behaviour.clone())?;
    Ok(Json(behaviour))
}

fn merge(base: &mut Value, given: Map<String, Value>) {
    for (name, value) in given {
        match (value, base.get_mut(&name)) {
            (Value::Object(inner), Some(old)) if old.is_object() => merge(old, inner),
            (value, _) => base[name] = value,
        }
    }
}
