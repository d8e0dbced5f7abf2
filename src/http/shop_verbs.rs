//! PATCH and DELETE /v1/shops/{shop_id}: a shop as a whole.

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use api::shop::{ChangeShop, DeleteShop, ShopDeleted};
use compact::SortedMap;
use store::shops::{self as rows, Changes};
use sync_core::{RETENTION_BATCH, ShopId, budget::is_region};
use sync_flow::{
    actions::run_actions::{self, ActionRefused},
    host::Host,
};
use worker::Request;

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Time after which a deletion answers with what it has done so far, in milliseconds.
const DELETE_MS_MAX: i64 = 10_000;

/// Changes a shop. One that is switched off has no run any more when this answers.
pub async fn change(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let ChangeShop { shop_name, region, enabled } = request::json(request).await?;
    let shop_name = shop_name.as_deref().map(str::trim);
    let region = region.map(|region| region.trim().to_ascii_uppercase());
    if shop_name.is_some_and(|name| !(1..=NAME_CHARS_MAX).contains(&name.chars().count())) {
        return Err(Problem::field("shop_name", format!("must have 1 to {NAME_CHARS_MAX} characters")));
    }
    if region.as_deref().is_some_and(|region| !is_region(region)) {
        return Err(Problem::field("region", "must be a market of Shopee's in two letters, like BR"));
    }
    let changes = Changes { shop_name, region: region.as_deref(), enabled };
    if changes == Changes::default() {
        return Err(Problem::body("name at least one of shop_name, region and enabled"));
    }
    let db = context.db().await?;
    let was_enabled = rows::change(&db, shop_id.0, changes, context.actor()).await?;
    if was_enabled.ok_or_else(|| Problem::unknown_shop(shop_id))? && enabled == Some(false) {
        stop(context, shop_id).await?;
    }
    shops::get(context).await
}

/// Deletes a shop, once its id is given a second time.
pub async fn delete(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let DeleteShop { confirm, data } = request::json(request).await?;
    if confirm != shop_id.0 {
        let detail = format!("must be {}: the id of the shop that is to be deleted", shop_id.0);
        return Err(Problem::unprocessable("confirm", detail));
    }
    let db = context.db().await?;
    let off = Changes { enabled: Some(false), ..Changes::default() };
    rows::change(&db, shop_id.0, off, context.actor())
        .await?
        .ok_or_else(|| Problem::unknown_shop(shop_id))?;
    stop(context, shop_id).await?;
    let until_ms = context.host.now_ms().saturating_add(DELETE_MS_MAX);
    let mut deleted: SortedMap<String, i64> = SortedMap::new();
    loop {
        let step =
            rows::delete(&db, shop_id.0, data.unwrap_or(false), RETENTION_BATCH, context.actor()).await?;
        // Another call has just deleted the rest.
        let (counts, is_gone) = step.map_or((SortedMap::new(), true), |step| (step.rows, step.is_gone));
        for (table, count) in counts {
            let sum = deleted.entry(table).or_default();
            *sum = sum.saturating_add(count);
        }
        if is_gone || context.host.now_ms() >= until_ms {
            let rows = serde_json::to_value(&deleted).map_err(Problem::unavailable)?;
            return Answer::ok(&ShopDeleted { shop_id: shop_id.0, is_gone, rows });
        }
    }
}

/// Ends the shop's run and empties its line.
async fn stop(context: &Context<'_>, shop_id: ShopId) -> Result<(), Problem> {
    match run_actions::reset(&context.host, shop_id, context.actor()).await {
        // There was nothing to end.
        Ok(()) | Err(ActionRefused::Conflict(_)) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}
