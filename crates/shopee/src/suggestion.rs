//! Which budgets Shopee allows.

use crate::client::{Call, Client, Clock};
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::partner::ShopAccess;
use crate::transport::Transport;

/// What Shopee sends as the largest budget if there is no limit.
const NO_LIMIT: f64 = 9_999_999_999.0;

/// The daily budgets that a shop may set, in major units of its currency (Shopee:
/// v2.ads.get_create_product_ad_budget_suggestion).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BudgetLimits {
    /// The smallest one, apart from 0, which means unlimited.
    pub min: f64,
    /// The largest one; `None`: no limit.
    pub max: Option<f64>,
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// The budgets that are allowed for a new ad whose products, bids and placement Shopee chooses. Not all kinds of apps have
    /// this permission: others get [`FatalConfiguration`](crate::ErrorClass::FatalConfiguration).
    ///
    /// `reference_id`: any text, chosen by the caller.
    pub async fn budget_limits(
        &self,
        shop: &ShopAccess,
        reference_id: &str,
    ) -> Result<BudgetLimits, ApiError> {
        let words =
            [("product_selection", "auto"), ("campaign_placement", "all"), ("bidding_method", "auto")];
        let mut query = vec![("reference_id", reference_id.to_owned())];
        query.extend(words.map(|(name, word)| (name, word.to_owned())));
        let answer = self.call(Call::read(Endpoint::BudgetSuggestion, shop, query)).await?;
        let response = answer.response_fields(&answer.fields()?)?;
        let in_budget = |error: crate::decode::FieldError| error.within("budget").within("response");
        let budget = response.object("budget").map_err(|error| answer.bad_field(error.within("response")))?;
        let amount = |name: &str| budget.amount(name).map_err(|error| answer.bad_field(in_budget(error)));
        let (min, max) = (amount("min_budget")?, amount("max_budget")?);
        Ok(BudgetLimits { min, max: Some(max).filter(|max| *max < NO_LIMIT) })
    }
}
