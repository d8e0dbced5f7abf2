//! Shopee's information about a shop: its name, its region, and when the seller's consent ends. Without a region a shop
//! has no calendar, so none of its runs can begin.

use crate::{
    access::{client, token::LiveToken},
    attempt_error::{self, AttemptError},
    host::{Host, Level},
    invocation::Invocation,
    object_client::ShopObject,
    permitted_calls::{Calls, Purpose},
};
use compact::json;
use shopee::{ErrorClass, ShopInfo};
use store::shops::{self, ShopRow};
use sync_core::{AttemptFailure, ShopId, budget::is_region};

/// Whether the shop's region is one of Shopee's markets.
#[must_use]
pub fn has_region(shop: &ShopRow) -> bool {
    shop.region.as_deref().is_some_and(|region| is_region(&region.trim().to_ascii_uppercase()))
}

/// Asks Shopee unless that was done within a day. A failure is logged, and the next run asks again.
pub async fn refresh<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow) {
    if !shop.info_is_old {
        return;
    }
    if let Err(trouble) = learn(invocation, shop).await {
        let fields = json!({ "shop": shop.shop_id, "error": trouble.into_failure().message });
        invocation.host.log(Level::Warn, "shop_info_failed", fields);
    }
}

/// Asks Shopee, and stores the answer.
///
/// # Errors
/// Shopee or Postgres failed, or no permit is available soon.
pub async fn learn<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow) -> Result<(), AttemptError> {
    let info = ask(invocation, shop).await?;
    let region = info.region.trim().to_ascii_uppercase();
    if !is_region(&region) {
        let message = format!("Shopee says that the shop's region is '{region}', which is not known here");
        return Err(attempt_error::refused(ErrorClass::FatalConfiguration, message).into());
    }
    let until_ms = info.expire_time.filter(|at| *at > 0).map(|at| at.saturating_mul(1_000));
    shops::learn(&invocation.db, shop.shop_id, &info.name, &region, until_ms).await?;
    Ok(())
}

async fn ask<H: Host>(invocation: &Invocation<'_, H>, shop: &ShopRow) -> Result<ShopInfo, AttemptError> {
    let (app, rate_limits) = client::app(&invocation.config, shop)?;
    let mut token = LiveToken::current(invocation, shop).await?;
    loop {
        let calls = Calls::new(invocation.host, Purpose::single(ShopId(shop.shop_id), None, rate_limits))
            .within(&invocation.calls);
        let client = client::client(invocation.host, &invocation.config, app.clone(), &calls);
        let answer = client.shop_info(token.access()).await;
        let failure = answer.as_ref().err().map(|error| attempt_error::failure(error, calls.made()));
        tell(invocation, shop, &calls, failure).await;
        let error = match answer {
            Ok(info) => return Ok(info),
            Err(error) => error,
        };
        if !token.renew_after(&error, &calls).await? {
            return Err(calls.deferred().map_or_else(|| error.into(), AttemptError::Deferred));
        }
    }
}

/// Tells the shop's object how the call was answered, since it may have been a probe.
async fn tell<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    calls: &Calls<'_, H>,
    failure: Option<AttemptFailure>,
) {
    let Some(slot_ms) = calls.slot_ms().filter(|_| calls.made() > 0) else { return };
    let object = ShopObject::new(invocation.host, ShopId(shop.shop_id));
    if let Err(error) = object.answered(slot_ms, failure).await {
        let fields = json!({ "shop": shop.shop_id, "error": error });
        invocation.host.log(Level::Warn, "answer_not_told", fields);
    }
}
