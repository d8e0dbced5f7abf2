//! v2.ads.get_create_product_ad_budget_suggestion

use super::edit::BUDGET_MAX;
use super::metrics::money;
use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::state::Platform;
use serde_json::json;

/// Required parameters and their allowed values. The others are not checked.
const REQUIRED: [(&str, &[&str]); 3] = [
    ("product_selection", &["auto", "manual"]),
    ("campaign_placement", &["search", "discovery", "all"]),
    ("bidding_method", &["auto", "manual"]),
];

/// The budgets that the shop's region allows.
pub fn answer(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    request.required("reference_id")?;
    for (name, words) in REQUIRED {
        if !words.contains(&request.required(name)?) {
            return Err(Refusal::parameter(&format!("{name} should be {}", words.join(" or "))));
        }
    }
    let floor = account::campaigns(&platform.world(), shop)?.key.region.budget_floor;
    let budget = json!({
        "recommended_budget": money(floor * 250),
        "min_budget": money(floor * 100),
        "max_budget": BUDGET_MAX,
    });
    Answer::new(&json!({ "budget": budget }), "")
}
