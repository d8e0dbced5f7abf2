//! v2.ads.get_product_level_campaign_setting_info

use super::metrics::{Number, money};
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::data::campaign::Campaign;
use crate::data::names;
use crate::data::{ShopKey, draw::Draw};
use crate::state::Platform;
use serde::Serialize;

/// The settings of up to 100 campaigns; each block only if it is requested and applies.
pub fn answer(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let blocks = blocks(request.required("info_type_list")?)?;
    let ids = request.campaign_ids()?;
    let (campaigns, unknown_id) = {
        let world = platform.world();
        (account::campaigns(&world, shop)?, world.behaviour.unknown_id)
    };
    let ids = account::known(&campaigns, ids, unknown_id)?;
    let key = &campaigns.key;
    let rows = ids.iter().map(|id| Row::new(key, campaigns.shown(*id, request.now_ms), &blocks)).collect();
    Answer::new(&Page { shop_id: shop, region: key.region.code, campaign_list: rows }, "")
}

/// 1 = common, 2 = manual bidding, 3 = automatic bidding, 4 = automatic product ads.
fn blocks(list: &str) -> Result<Vec<u8>, Refusal> {
    let block = |text: &str| text.trim().parse().ok().filter(|block| (1..=4).contains(block));
    let blocks: Option<Vec<u8>> = list.split(',').map(block).collect();
    blocks.ok_or_else(|| Refusal::parameter("info_type_list should hold 1 to 4, joined by commas"))
}

#[derive(Serialize)]
struct Page {
    shop_id: u64,
    region: &'static str,
    campaign_list: Vec<Row>,
}

/// A block is absent if it is not requested or does not apply.
#[derive(Serialize)]
struct Row {
    campaign_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_info: Option<Common>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_bidding_info: Option<ManualBidding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_bidding_info: Option<AutoBidding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_product_ads_info: Option<Vec<AutoProduct>>,
}

impl Row {
    fn new(key: &ShopKey, campaign: Campaign, blocks: &[u8]) -> Self {
        let wants = |block: u8| blocks.contains(&block);
        let manual = campaign.bidding_method == "manual";
        let target = campaign.roas_target.filter(|_| wants(3));
        Self {
            campaign_id: campaign.id,
            manual_bidding_info: (wants(2) && manual).then(|| ManualBidding::new(key, &campaign)),
            auto_bidding_info: target.map(|target| AutoBidding { roas_target: Number(target) }),
            auto_product_ads_info: (wants(4) && campaign.ad_type == "auto")
                .then(|| campaign.item_ids.iter().map(|item| AutoProduct::new(*item)).collect()),
            common_info: wants(1).then(|| Common::new(campaign)),
        }
    }
}

#[derive(Serialize)]
struct Common {
    ad_type: &'static str,
    ad_name: String,
    campaign_status: String,
    bidding_method: &'static str,
    campaign_placement: &'static str,
    campaign_budget: Number,
    campaign_duration: Duration,
    item_id_list: Vec<i64>,
}

#[derive(Serialize)]
struct Duration {
    start_time: i64,
    end_time: i64,
}

impl Common {
    fn new(campaign: Campaign) -> Self {
        Self {
            ad_type: campaign.ad_type,
            ad_name: campaign.name,
            campaign_status: campaign.status,
            bidding_method: campaign.bidding_method,
            campaign_placement: campaign.placement,
            campaign_budget: money(campaign.budget_cents),
            campaign_duration: Duration { start_time: campaign.start_time, end_time: campaign.end_time },
            item_id_list: campaign.item_ids,
        }
    }
}

#[derive(Serialize)]
struct ManualBidding {
    enhanced_cpc: bool,
    selected_keywords: Vec<Keyword>,
    discovery_ads_locations: Vec<Location>,
}

#[derive(Serialize)]
struct Keyword {
    keyword: &'static str,
    status: &'static str,
    match_type: &'static str,
    bid_price_per_click: Number,
}

#[derive(Serialize)]
struct Location {
    location: &'static str,
    status: &'static str,
    bid_price: Number,
}

impl ManualBidding {
    fn new(key: &ShopKey, campaign: &Campaign) -> Self {
        let keyword = |(text, bid): &(&'static str, i64)| Keyword {
            keyword: text,
            status: "normal",
            match_type: if bid % 2 == 0 { "broad" } else { "exact" },
            bid_price_per_click: money(*bid),
        };
        let bid_price = money(30 * key.region.money_unit);
        let location = Location { location: "daily_discover", status: "active", bid_price };
        Self {
            enhanced_cpc: campaign.enhanced_cpc,
            selected_keywords: campaign.keywords.iter().map(keyword).collect(),
            discovery_ads_locations: if campaign.placement == "search" { vec![] } else { vec![location] },
        }
    }
}

#[derive(Serialize)]
struct AutoBidding {
    roas_target: Number,
}

#[derive(Serialize)]
struct AutoProduct {
    product_name: &'static str,
    status: &'static str,
    item_id: i64,
}

impl AutoProduct {
    fn new(item_id: i64) -> Self {
        let mut draw = Draw::new([item_id.cast_unsigned()]);
        let status = draw.pick(&["learning", "ongoing", "paused", "ended", "unavailable"]);
        Self { product_name: names::product(&mut draw), status, item_id }
    }
}
