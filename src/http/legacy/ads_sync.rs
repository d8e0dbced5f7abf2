//! POST /functions/v1/apishopee-ads-sync: the function that older callers use.

use crate::http::{
    context::{Answer, Context},
    problem::Problem,
    refusals, request, shops,
};
use api::older::{OlderChunk, OlderSync};
use compact::json;
use serde::Deserialize;
use serde_json::Value;
use store::queue::NewJob;
use sync_core::ShopId;
use sync_flow::actions::{
    hand_driven_chunk::{self, Slice},
    start_sync,
};
use worker::Request;

/// Most campaigns in one call.
const LIMIT_MAX: u32 = 500;
/// Largest number that the older function's tables hold.
const COUNT_MAX: u32 = i32::MAX.unsigned_abs();

#[derive(Deserialize)]
struct Call {
    action: Option<Value>,
    shop_id: Option<Value>,
    #[serde(default)]
    params: Value,
}

/// Handles one call.
pub async fn call(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let call: Call = request::json(request).await?;
    let shop_id = match &call.shop_id {
        Some(Value::Number(id)) => request::shop_id(&id.to_string())?,
        Some(Value::String(id)) => request::shop_id(id)?,
        _ => return Err(Problem::field("shop_id", "is required, a whole number")),
    };
    let action = call.action.as_ref().and_then(Value::as_str).unwrap_or_default();
    context.must_reach(Some(shop_id))?;
    match action {
        "sync" => start_run(context, shop_id, "realtime", json!({})).await,
        "sync_day" => {
            let days_ago = sync_core::parse_days_ago(&call.params)
                .map_err(|error| Problem::field("params.days_ago", error.reason))?;
            start_run(context, shop_id, "backfill_day", json!({ "days_ago": days_ago })).await
        }
        "sync_campaigns_chunk" => chunk(context, shop_id, &call.params).await,
        _ => Err(Problem::field("action", "allowed are sync, sync_day, sync_campaigns_chunk")),
    }
}

async fn start_run(
    context: &Context<'_>,
    shop_id: ShopId,
    sync_type: &str,
    sync_params: Value,
) -> Result<Answer, Problem> {
    let new = NewJob {
        id: None,
        shop_id: shop_id.0,
        sync_type: sync_type.to_owned(),
        sync_params,
        priority: 1,
        chunk_size: None,
        trigger: "compat".to_owned(),
    };
    let accepted =
        start_sync::accept(&context.host, new).await.map_err(|refusal| refusals::of(shop_id, refusal))?;
    Answer::ok(&OlderSync { accepted: shops::shown(accepted), success: true })
}

/// Runs a chunk that the caller drives by hand.
async fn chunk(context: &Context<'_>, shop_id: ShopId, params: &Value) -> Result<Answer, Problem> {
    let whole = |field: &str, min: u32, max: u32| {
        let value = params.get(field).and_then(Value::as_u64).and_then(|value| u32::try_from(value).ok());
        value.filter(|value| (min..=max).contains(value)).ok_or_else(|| {
            let allowed = format!("is required, a whole number from {min} to {max}");
            Problem::field(format!("params.{field}"), allowed)
        })
    };
    let (offset, limit) = (whole("offset", 0, COUNT_MAX)?, whole("limit", 1, LIMIT_MAX)?);
    let (chunk_index, total) = (whole("chunk_index", 0, COUNT_MAX)?, whole("total_chunks", 1, COUNT_MAX)?);
    if chunk_index >= total {
        return Err(Problem::field("params.chunk_index", "must be below total_chunks"));
    }
    match hand_driven_chunk::run(&context.host, shop_id, Slice { offset, limit, chunk_index }).await {
        Ok(campaigns_synced) => Answer::ok(&OlderChunk { success: true, chunk_index, campaigns_synced }),
        Err(refused) => Err(refusals::of_chunk(shop_id, refused)),
    }
}
