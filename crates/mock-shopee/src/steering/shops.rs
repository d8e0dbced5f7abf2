//! Shops.

use super::{SteerError, ensure};
use crate::data::ShopKey;
use crate::limits::{CAMPAIGNS_MAX, CAMPAIGNS_TOTAL_MAX, NAME_BYTES_MAX, SHOPS_MAX};
use crate::region::{REGIONS, find};
use crate::state::Platform;
use crate::state::campaigns::Campaigns;
use crate::state::shop::Shop;
use serde::Deserialize;
use std::sync::Arc;

/// A shop to create.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewShop {
    /// At most 500 bytes.
    pub name: String,
    /// One of the regions that the platform knows, such as `BR`.
    pub region: String,
    /// How many campaigns it has: 0 to 200,000.
    pub campaigns: u32,
    /// Seed of its campaigns and figures.
    pub seed: u64,
    /// 1 to 200 bytes.
    pub access_token: String,
    /// 1 to 200 bytes.
    pub refresh_token: Option<String>,
    /// Lifetime of the access token in seconds; 0 = already expired. The platform's default if absent.
    pub expires_in_s: Option<u32>,
    /// Whether it has authorized the app; true if absent.
    pub linked: Option<bool>,
}

impl Platform {
    /// Creates a shop, or replaces it with all its campaigns, edits and tokens. `id`: 1 to 4294967295.
    pub fn put_shop(&self, now_ms: i64, id: u64, new: NewShop) -> Result<(), SteerError> {
        ensure((1..=u64::from(u32::MAX)).contains(&id), "id: allowed are 1 to 4294967295")?;
        let region = find(&new.region).ok_or_else(|| {
            let codes = REGIONS.map(|region| region.code).join(", ");
            SteerError::bad(format!("region: allowed are {codes}"))
        })?;
        ensure(new.name.len() <= NAME_BYTES_MAX, "name: at most 500 bytes")?;
        ensure(new.campaigns <= CAMPAIGNS_MAX, "campaigns: allowed are 0 to 200000")?;
        let token = |token: &str| !token.is_empty() && token.len() <= 200;
        ensure(token(&new.access_token), "access_token: allowed are 1 to 200 bytes")?;
        ensure(new.refresh_token.as_deref().is_none_or(token), "refresh_token: allowed are 1 to 200 bytes")?;
        let key = ShopKey { shop_id: id, seed: new.seed, region };
        let campaigns = Arc::new(Campaigns::new(key, new.campaigns));
        let now = now_ms / 1_000;

        let mut world = self.world();
        let others = world.shops.iter().filter(|(other, _)| **other != id);
        let (shops, total) = others.fold((1, u64::from(new.campaigns)), |(shops, total), (_, shop)| {
            (shops + 1, total + u64::from(shop.campaigns.made()))
        });
        ensure(shops <= SHOPS_MAX, "id: at most 10000 shops")?;
        ensure(total <= CAMPAIGNS_TOTAL_MAX, "campaigns: at most 2000000 in all shops")?;
        let life = new.expires_in_s.map_or(world.behaviour.access_token_life_s, i64::from);
        world.tokens.replace(id, new.access_token, now + life, new.refresh_token, now);
        let shop = Shop { name: new.name, linked: new.linked.unwrap_or(true), auth_time: now, campaigns };
        world.shops.insert(id, shop);
        world.edits.forget(id);
        world.history.forget(id);
        world.refusals.forget(id);
        Ok(())
    }

    /// The ids of a shop's campaigns, in list order.
    pub fn campaign_ids(&self, shop: u64) -> Result<Vec<i64>, SteerError> {
        let world = self.world();
        let shop = world.shops.get(&shop).ok_or(SteerError::NoShop(shop))?;
        Ok(shop.campaigns.listed().to_vec())
    }
}
