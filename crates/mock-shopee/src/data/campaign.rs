//! The campaigns of a shop and their settings.

use super::draw::Draw;
use super::life::Life;
use super::{ShopKey, Subject, names};

/// Ids increase in steps of at most this, so that all are distinct.
const ID_STEP: i64 = 7_919;
const FIRST_ID: i64 = 100_000_000;
/// Added to about every second id: those do not fit 32 bits.
const WIDE: i64 = 1 << 33;

/// One product campaign. Texts are the platform's own values (Shopee: v2.ads.get_product_level_campaign_setting_info).
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Positive; many exceed 2^32.
    pub id: i64,
    /// How products are chosen: auto or manual.
    pub ad_type: &'static str,
    /// Any text.
    pub name: String,
    /// ongoing, paused, ended, scheduled, deleted or closed.
    pub status: String,
    /// search, discovery or all.
    pub placement: &'static str,
    /// auto or manual.
    pub bidding_method: &'static str,
    /// A day's budget in hundredths of the currency's major unit; 0 = unlimited.
    pub budget_cents: i64,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds; 0 = no end.
    pub end_time: i64,
    /// Exactly one where products are chosen by hand, else any number.
    pub item_ids: Vec<i64>,
    /// Only with automatic bidding of a manual campaign; 0 = no target.
    pub roas_target: Option<f64>,
    /// Keywords of manual bidding: text and bid in cents.
    pub keywords: Vec<(&'static str, i64)>,
    /// Manual bidding only.
    pub enhanced_cpc: bool,
}

/// The id of the campaign number `index` of its shop.
pub fn id(key: &ShopKey, index: u32) -> i64 {
    let mut draw = key.draw(Subject::Id, i64::from(index), 0);
    let narrow = FIRST_ID + i64::from(index) * ID_STEP + draw.below(ID_STEP);
    if draw.chance(50) { narrow + WIDE } else { narrow }
}

/// How the campaign chooses its products. Cheaper than [`read`], for long lists.
pub fn ad_type(key: &ShopKey, id: i64) -> &'static str {
    if key.draw(Subject::Kind, id, 0).chance(20) { "auto" } else { "manual" }
}

/// One campaign as created.
pub fn read(key: &ShopKey, id: i64) -> Campaign {
    let mut draw = key.draw(Subject::Setting, id, 0);
    let draw = &mut draw;
    let life = Life::of(key, id);
    let ad_type = ad_type(key, id);
    let by_hand = ad_type == "manual";
    let bidding_method = if by_hand && draw.chance(40) { "manual" } else { "auto" };
    let manual_bidding = bidding_method == "manual";
    let items = if by_hand { 1 } else { draw.below(7) };
    Campaign {
        id,
        ad_type,
        name: names::ad(draw),
        status: life.status.to_owned(),
        placement: draw.pick(&["search", "discovery", "all"]),
        bidding_method,
        budget_cents: if draw.chance(15) { 0 } else { draw.between(1_000, 50_000) * key.region.money_unit },
        start_time: life.start_time,
        end_time: life.end_time,
        item_ids: (0..items).map(|_| draw.between(20_000_000, 29_000_000_000)).collect(),
        roas_target: (by_hand && !manual_bidding).then(|| roas_target(draw)),
        keywords: if manual_bidding { keywords(draw, key.region.money_unit) } else { Vec::new() },
        enhanced_cpc: manual_bidding && draw.chance(50),
    }
}

fn roas_target(draw: &mut Draw) -> f64 {
    if draw.chance(30) { 0.0 } else { draw.between(10, 200) as f64 / 10.0 }
}

fn keywords(draw: &mut Draw, money_unit: i64) -> Vec<(&'static str, i64)> {
    (0..draw.below(4)).map(|_| (names::product(draw), draw.between(5, 90) * money_unit)).collect()
}
