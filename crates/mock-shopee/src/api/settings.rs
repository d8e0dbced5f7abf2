//! v2.ads.get_product_level_campaign_setting_info

use super::metrics::{money, number};
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::data::campaign::Campaign;
use crate::data::names;
use crate::data::{ShopKey, draw::Draw};
use crate::state::Platform;
use serde_json::{Value, json};

/// The settings of up to 100 campaigns; each block only where it is asked for and applies.
pub fn answer(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let blocks = blocks(request.required("info_type_list")?)?;
    let ids = request.campaign_ids()?;
    let (campaigns, unknown_id) = {
        let world = platform.world();
        (account::campaigns(&world, shop)?, world.behaviour.unknown_id)
    };
    let ids = account::known(&campaigns, ids, unknown_id)?;
    let key = &campaigns.key;
    let rows: Vec<_> = ids.iter().map(|id| row(key, &campaigns.read(*id), &blocks)).collect();
    Ok(json!({"shop_id": shop, "region": key.region.code, "campaign_list": rows}).into())
}

/// 1 = common, 2 = manual bidding, 3 = automatic bidding, 4 = automatic product ads.
fn blocks(list: &str) -> Result<Vec<u8>, Refusal> {
    let block = |text: &str| text.trim().parse().ok().filter(|block| (1..=4).contains(block));
    let blocks: Option<Vec<u8>> = list.split(',').map(block).collect();
    blocks.ok_or_else(|| Refusal::parameter("info_type_list should hold 1 to 4, joined by commas"))
}

fn row(key: &ShopKey, campaign: &Campaign, blocks: &[u8]) -> Value {
    let mut row = json!({"campaign_id": campaign.id});
    if blocks.contains(&1) {
        row["common_info"] = common(campaign);
    }
    if blocks.contains(&2) && campaign.bidding_method == "manual" {
        row["manual_bidding_info"] = manual_bidding(key, campaign);
    }
    if let (true, Some(target)) = (blocks.contains(&3), campaign.roas_target) {
        row["auto_bidding_info"] = json!({"roas_target": number(target)});
    }
    if blocks.contains(&4) && campaign.ad_type == "auto" {
        row["auto_product_ads_info"] = auto_products(campaign);
    }
    row
}

fn common(campaign: &Campaign) -> Value {
    json!({
        "ad_type": campaign.ad_type,
        "ad_name": campaign.name,
        "campaign_status": campaign.status,
        "bidding_method": campaign.bidding_method,
        "campaign_placement": campaign.placement,
        "campaign_budget": money(campaign.budget_cents),
        "campaign_duration": {"start_time": campaign.start_time, "end_time": campaign.end_time},
        "item_id_list": campaign.item_ids,
    })
}

fn manual_bidding(key: &ShopKey, campaign: &Campaign) -> Value {
    let keywords: Vec<_> = campaign
        .keywords
        .iter()
        .map(|(text, bid)| {
            let match_type = if bid % 2 == 0 { "broad" } else { "exact" };
            json!({"keyword": text, "status": "normal", "match_type": match_type, "bid_price_per_click": money(*bid)})
        })
        .collect();
    let location = json!({
        "location": "daily_discover",
        "status": "active",
        "bid_price": money(30 * key.region.money_unit),
    });
    json!({
        "enhanced_cpc": campaign.enhanced_cpc,
        "selected_keywords": keywords,
        "discovery_ads_locations": if campaign.placement == "search" { vec![] } else { vec![location] },
    })
}

fn auto_products(campaign: &Campaign) -> Value {
    let product = |item: &i64| {
        let mut draw = Draw::new([item.cast_unsigned()]);
        let status = draw.pick(&["learning", "ongoing", "paused", "ended", "unavailable"]);
        json!({"product_name": names::product(&mut draw), "status": status, "item_id": item})
    };
    campaign.item_ids.iter().map(product).collect()
}
