//! Campaigns whose edits the platform refuses until a time.

use serde::Deserialize;
use std::collections::HashMap;

/// A refusal of the edits of one campaign.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditRefusal {
    /// The campaign.
    pub campaign_id: i64,
    /// The platform's error code, such as `ads.item.sold_out` or `ads.rate_limit.campaign_level`.
    pub code: String,
    /// Its message.
    #[serde(default)]
    pub message: String,
    /// Its end, in unix milliseconds.
    pub until_ms: i64,
    /// The refused edit uses up its reference id.
    #[serde(default)]
    pub uses_up_reference_id: bool,
}

/// By shop and campaign.
#[derive(Default)]
pub struct Refusals(HashMap<(u64, i64), EditRefusal>);

impl Refusals {
    /// Sets one, replacing an earlier one.
    pub fn put(&mut self, shop: u64, refusal: EditRefusal) {
        self.0.insert((shop, refusal.campaign_id), refusal);
    }

    /// The one in force.
    pub fn of(&self, shop: u64, campaign_id: i64, now_ms: i64) -> Option<&EditRefusal> {
        self.0.get(&(shop, campaign_id)).filter(|refusal| refusal.until_ms > now_ms)
    }

    /// Removes all of a shop.
    pub fn forget(&mut self, shop: u64) {
        self.0.retain(|(of, _), _| *of != shop);
    }
}
