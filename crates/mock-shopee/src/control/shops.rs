//! `/_mock/shops/{id}`: creates, replaces and shows a shop.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::steering::SteerError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// Creates a shop, or replaces it with all its campaigns and tokens.
pub async fn put(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Bad> {
    let id = input::shop(&id)?;
    platform.put_shop(platform.now_ms(), id, input::body(&body)?)?;
    show(&platform, id)
}

/// Shows a shop, without its tokens.
pub async fn get(State(platform): State<Arc<Platform>>, Path(id): Path<String>) -> Result<Json<Value>, Bad> {
    show(&platform, input::shop(&id)?)
}

fn show(platform: &Platform, id: u64) -> Result<Json<Value>, Bad> {
    let world = platform.world();
    let shop = world.shops.get(&id).ok_or(SteerError::NoShop(id))?;
    Ok(Json(json!({
        "id": id,
        "name": shop.name,
        "region": shop.campaigns.key.region.code,
        "campaigns": shop.campaigns.listed().len(),
        "seed": shop.campaigns.key.seed,
        "linked": shop.linked,
    })))
}
