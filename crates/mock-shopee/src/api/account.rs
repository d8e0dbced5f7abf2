//! v2.ads.get_total_balance and v2.shop.get_shop_info, and code shared by the endpoints of a shop.

use super::Answer;
use super::metrics::money;
use super::refusal::Refusal;
use super::request::Request;
use crate::data::balance;
use crate::state::behaviour::UnknownId;
use crate::state::campaigns::Campaigns;
use crate::state::{Platform, World};
use serde_json::json;
use std::sync::Arc;

const YEAR_S: i64 = 365 * 86_400;

/// Paid and free credits, at the time up to which there are figures.
pub fn balance(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let world = platform.world();
    let as_of_s = world.behaviour.data_as_of_ms.unwrap_or(request.now_ms) / 1_000;
    let cents = balance::cents(&campaigns(&world, shop)?.key);
    Answer::new(&json!({"data_timestamp": as_of_s, "total_balance": money(cents)}), "")
}

/// Name, region and authorization of the shop.
pub fn shop_info(platform: &Platform, shop: u64) -> Result<Answer, Refusal> {
    let world = platform.world();
    let shop = world.shops.get(&shop).ok_or_else(gone)?;
    Ok(Answer::Fields(json!({
        "shop_name": shop.name,
        "region": shop.campaigns.key.region.code,
        "status": "NORMAL",
        "auth_time": shop.auth_time,
        "expire_time": shop.auth_time + YEAR_S,
        "shop_fulfillment_flag": "Others",
        "is_cb": false,
        "is_upgraded_cbsc": false,
        "merchant_id": null,
        "is_sip": false,
        "sip_affi_shops": [],
        "is_main_shop": false,
        "is_direct_shop": false,
        "linked_main_shop_id": 0,
        "linked_direct_shop_list": [],
    })))
}

/// The campaigns of a shop.
pub fn campaigns(world: &World, shop: u64) -> Result<Arc<Campaigns>, Refusal> {
    world.shops.get(&shop).map(|shop| Arc::clone(&shop.campaigns)).ok_or_else(gone)
}

/// The given campaigns, if the shop has them.
pub fn known(campaigns: &Campaigns, mut ids: Vec<i64>, unknown: UnknownId) -> Result<Vec<i64>, Refusal> {
    let asked = ids.len();
    ids.retain(|id| campaigns.has(*id));
    if unknown == UnknownId::Refuse && ids.len() < asked {
        return Err(Refusal::foreign_campaign());
    }
    Ok(ids)
}

/// The shop was removed after the call had passed the gate.
pub fn gone() -> Refusal {
    Refusal::new("error_shop", "shopid is invalid")
}
