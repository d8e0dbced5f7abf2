//! `/_mock/shops/{id}`: makes, replaces and shows a shop.

use super::input::{self, Bad, ensure};
use crate::data::ShopKey;
use crate::limits::{CAMPAIGNS_MAX, CAMPAIGNS_TOTAL_MAX, NAME_BYTES_MAX, SHOPS_MAX};
use crate::region::{REGIONS, find};
use crate::state::campaigns::Campaigns;
use crate::state::shop::Shop;
use crate::state::{Platform, now_ms};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    region: String,
    campaigns: u32,
    seed: u64,
    access_token: String,
    refresh_token: Option<String>,
    /// Of the access token; 0 = expired already.
    expires_in_s: Option<u32>,
    linked: Option<bool>,
}

/// Makes a shop, or replaces it with all its campaigns and tokens.
pub async fn put(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Bad> {
    let id = input::shop(&id)?;
    let new: New = input::body(&body)?;
    let region = find(&new.region).ok_or_else(|| {
        Bad::new(format!("region: allowed are {}", REGIONS.map(|region| region.code).join(", ")))
    })?;
    ensure(new.name.len() <= NAME_BYTES_MAX, "name: at most 500 bytes")?;
    ensure(new.campaigns <= CAMPAIGNS_MAX, "campaigns: allowed are 0 to 200000")?;
    let token = |token: &str| !token.is_empty() && token.len() <= 200;
    ensure(token(&new.access_token), "access_token: allowed are 1 to 200 bytes")?;
    ensure(new.refresh_token.as_deref().is_none_or(token), "refresh_token: allowed are 1 to 200 bytes")?;
    let key = ShopKey { shop_id: id, seed: new.seed, region };
    let campaigns = Arc::new(Campaigns::new(key, new.campaigns));
    let now = now_ms() / 1_000;

    let mut world = platform.world();
    let others = world.shops.iter().filter(|(other, _)| **other != id);
    let (shops, total) = others.fold((1, u64::from(new.campaigns)), |(shops, total), (_, shop)| {
        (shops + 1, total + u64::from(shop.campaigns.made()))
    });
    ensure(shops <= SHOPS_MAX, "id: at most 10000 shops")?;
    ensure(total <= CAMPAIGNS_TOTAL_MAX, "campaigns: at most 2000000 in all shops")?;
    let life = new.expires_in_s.map_or(world.behaviour.access_token_life_s, i64::from);
    world.tokens.replace(id, new.access_token, now + life, new.refresh_token, now);
    let shop = Shop { name: new.name, linked: new.linked.unwrap_or(true), auth_time: now, campaigns };
    let shown = show(id, &shop);
    world.shops.insert(id, shop);
    Ok(Json(shown))
}

/// Shows a shop, without its tokens.
pub async fn get(State(platform): State<Arc<Platform>>, Path(id): Path<String>) -> Result<Json<Value>, Bad> {
    let id = input::shop(&id)?;
    platform.world().shops.get(&id).map(|shop| Json(show(id, shop))).ok_or_else(|| Bad::no_shop(id))
}

fn show(id: u64, shop: &Shop) -> Value {
    json!({
        "id": id,
        "name": shop.name,
        "region": shop.campaigns.key.region.code,
        "campaigns": shop.campaigns.listed().len(),
        "seed": shop.campaigns.key.seed,
        "linked": shop.linked,
    })
}
