//! Writes: campaign budgets.

use crate::client::{Call, Client, Clock};
use crate::endpoint::Endpoint;
use crate::error::{ApiError, not_called};
use crate::limits::{MONEY_MAX, REFERENCE_ID_BYTES_MAX};
use crate::partner::ShopAccess;
use crate::transport::Transport;
use compact::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a campaign's products were chosen. It decides which endpoint edits the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdType {
    /// By Shopee. Shopee has announced the removal of the endpoint for these.
    Auto,
    /// By the seller.
    Manual,
}

impl AdType {
    /// The type for Shopee's value, as in [`CampaignSetting::ad_type`](crate::CampaignSetting::ad_type); `None` if the value is
    /// unknown.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "manual" => Some(Self::Manual),
            _ => None,
        }
    }

    /// The endpoint that edits such a campaign.
    #[must_use]
    pub fn endpoint(self) -> Endpoint {
        match self {
            Self::Auto => Endpoint::EditAuto,
            Self::Manual => Endpoint::EditManual,
        }
    }
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// Sets the daily budget of one campaign (Shopee: v2.ads.edit_manual_product_ads, v2.ads.edit_auto_product_ads).
    ///
    /// `budget`: major units of the shop's currency, 0 or more, less than [`MONEY_MAX`], at most two decimals; 0 means
    /// unlimited. Each region has a smallest budget of its own, which Shopee does not publish.
    /// `reference_id`: 1 to [`REFERENCE_ID_BYTES_MAX`] bytes, chosen by the caller. Shopee refuses one that was used
    /// successfully before, so a repeated attempt with the same one cannot take effect twice.
    ///
    /// An error of the class [`UnknownOutcome`](crate::ErrorClass::UnknownOutcome) leaves open whether the budget was
    /// set: the settings must be read, maybe more than once, before anything is written again. It is the class of a lost
    /// or unreadable answer, of codes for a failure behind the gateway, and of a reference id that was used before (then
    /// [`code`](ApiError::code) is `error_param`: if the settings show the old budget, only a new id helps). After any other
    /// error nothing was changed; [`Quarantine`](crate::ErrorClass::Quarantine) means that Shopee refuses this edit of this
    /// campaign: a budget out of range, a campaign that has ended or belongs to another shop.
    pub async fn change_budget(
        &self,
        shop: &ShopAccess,
        ad_type: AdType,
        campaign_id: i64,
        budget: f64,
        reference_id: &str,
    ) -> Result<(), ApiError> {
        let endpoint = ad_type.endpoint();
        check(campaign_id, budget, reference_id).map_err(|reason| not_called(endpoint, &reason))?;
        let body = json!({
            "reference_id": reference_id,
            "campaign_id": campaign_id,
            "edit_action": "change_budget",
            "budget": number(budget),
        });
        let answer = self.call(Call::write(endpoint, shop, body.to_string())).await?;
        // Documentation and clients disagree about the content, so it proves nothing.
        answer.must_have_envelope(&answer.fields()?)
    }
}

fn check(campaign_id: i64, budget: f64, reference_id: &str) -> Result<(), String> {
    if campaign_id <= 0 {
        return Err(format!("'campaign_id' is {campaign_id}, allowed are positive integers"));
    }
    if !(0.0..MONEY_MAX).contains(&budget) {
        return Err(format!("'budget' is {budget}, allowed are 0 to less than {MONEY_MAX}"));
    }
    // Both sides are the floating-point number nearest to the same decimal.
    if (budget * 100.0).round() / 100.0 != budget {
        return Err(format!("'budget' is {budget}, allowed are two decimals"));
    }
    let length = reference_id.len();
    if reference_id.trim().is_empty() || length > REFERENCE_ID_BYTES_MAX {
        return Err(format!(
            "'reference_id' has {length} bytes, allowed are 1 to {REFERENCE_ID_BYTES_MAX}, not all blank"
        ));
    }
    Ok(())
}

/// Whole amounts are written without a point, as other clients write them.
fn number(budget: f64) -> Value {
    if budget.fract() == 0.0 { json!(budget as i64) } else { json!(budget) }
}
