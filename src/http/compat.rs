//! POST /functions/v1/apishopee-ads-sync: the function that older callers know.

use super::{Answer, Context, body, problem::Problem, shops};
use crate::adapter::{WorkerHost, now_ms};
use serde::Deserialize;
use serde_json::{Value, json};
use shopee::ShopAccess;
use store::{progress, queue::NewJob};
use sync_core::{
    ChunkKey, FetchPolicy, Generation, Kind, LIST_PAGE_SIZE_DEFAULT, LIST_PAGES_MAX, Settings, ShopId, Stage,
    Window, Work,
};
use sync_flow::{
    calls::{Calls, Purpose},
    intake,
    sync::{
        Invocation, access, campaigns,
        execute::{self, Synced, Trouble},
        start,
    },
};
use worker::Request;

/// Time that callers give a chunk, in milliseconds.
const CALLER_MS_MAX: i64 = 45_000;
/// Campaigns of one call.
const LIMIT_MAX: i64 = 500;

#[derive(Deserialize)]
struct Call {
    action: Option<Value>,
    shop_id: Option<Value>,
    #[serde(default)]
    params: Value,
}

/// Answers one call.
pub async fn call(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let call: Call = body::json(request).await?;
    let shop_id = match &call.shop_id {
        Some(Value::Number(id)) => body::shop_id(&id.to_string())?,
        Some(Value::String(id)) => body::shop_id(id)?,
        _ => return Err(Problem::field("shop_id", "is required, a whole number")),
    };
    let action = call.action.as_ref().and_then(Value::as_str).unwrap_or_default();
    match action {
        "sync" => start_run(context, shop_id, "realtime", json!({})).await,
        "sync_day" => {
            let days_ago = sync_core::parse_days_ago(&call.params)
                .map_err(|error| Problem::field("params.days_ago", error.reason))?;
            start_run(context, shop_id, "backfill_day", json!({ "days_ago": days_ago })).await
        }
        "sync_campaigns_chunk" => chunk(context, shop_id.0, &call.params).await,
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
    let kicked =
        intake::kick(&context.host, new).await.map_err(|refusal| shops::refused(shop_id, refusal))?;
    let mut answer = shops::handle(&kicked);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("success".to_owned(), json!(true));
    }
    Ok(Answer::ok(answer))
}

/// A chunk that the caller drives by hand, after `init_ads_sync_progress` has opened the shop's progress row. Its
/// writes are fenced by that row like those of any run.
async fn chunk(context: &Context<'_>, shop_id: i64, params: &Value) -> Result<Answer, Problem> {
    let started_ms = now_ms();
    let whole = |field: &str, min: i64, max: i64| {
        params.get(field).and_then(Value::as_i64).filter(|value| (min..=max).contains(value)).ok_or_else(
            || {
                Problem::field(
                    format!("params.{field}"),
                    format!("is required, a whole number from {min} to {max}"),
                )
            },
        )
    };
    let most = i64::from(i32::MAX);
    let (offset, limit) = (whole("offset", 0, most)?, whole("limit", 1, LIMIT_MAX)?);
    let (index, total) = (whole("chunk_index", 0, most)?, whole("total_chunks", 1, most)?);
    if index >= total {
        return Err(Problem::field("params.chunk_index", "must be below total_chunks"));
    }
    let invocation = Invocation::open(&context.host).await.map_err(Problem::unavailable)?;
    let shop = store::shops::load(&invocation.db, shop_id).await.map_err(Problem::unavailable)?;
    let shop = shop.ok_or_else(|| shops::unknown(sync_core::ShopId(shop_id)))?;
    let refused = |reason| Problem::conflict("no_access_token", reason);
    start::may_call(&invocation, &shop).map_err(refused)?;
    let generation = progress::hand_driven(&invocation.db, shop_id).await.map_err(Problem::unavailable)?;
    let generation = generation.ok_or_else(|| {
        Problem::conflict("no_open_progress", "call init_ads_sync_progress first, or use the action sync")
    })?;
    let unavailable = |failure: sync_core::AttemptFailure| Problem::unavailable(failure.message);
    let (app, rate_limits) = access::app(&invocation.config, &shop).map_err(unavailable)?;
    let purpose =
        Purpose { budget_ms: Some(CALLER_MS_MAX), ..Purpose::single(ShopId(shop_id), None, rate_limits) };
    let calls = Calls::new(&context.host, purpose);
    let client = access::client(&context.host, &invocation.config, app, &calls);
    let token = execute::current_token(&invocation, &shop).await.map_err(trouble)?;

    let ids = slice(&client, &token, offset, limit).await?;
    let work = Work {
        generation: Generation(generation),
        key: ChunkKey { stage: Stage::Campaigns, index: u32::try_from(index).unwrap_or(u32::MAX) },
        attempt: 1,
        lease_until_ms: started_ms + CALLER_MS_MAX,
        ids,
        calls: 1,
        window: Window::of(Kind::Realtime, shop.today, &Settings::default()),
        kind: Kind::Realtime,
        fetch: FetchPolicy::default(),
        direct: false,
        is_last: true,
        listed: None,
    };
    let Synced { result, .. } =
        campaigns::sync(&context.host, &invocation.db, &client, &token, &work).await.map_err(trouble)?;
    let synced = result.written + result.unchanged;
    if now_ms() - started_ms > CALLER_MS_MAX {
        return Err(Problem::overran("the chunk took too long: lower chunk_size"));
    }
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    progress::chunk_done(&invocation.db, shop_id, index, i32::try_from(synced).unwrap_or(i32::MAX))
        .await
        .map_err(Problem::unavailable)?;
    Ok(Answer::ok(json!({ "success": true, "chunk_index": index, "campaigns_synced": synced })))
}

/// The ids at `offset`, in the order of the platform's listing.
async fn slice(
    client: &access::ShopClient<'_, '_, WorkerHost<'_>>,
    token: &ShopAccess,
    offset: i64,
    limit: i64,
) -> Result<Vec<i64>, Problem> {
    let mut ids = Vec::new();
    let mut from = u64::try_from(offset).unwrap_or(0);
    let wanted = usize::try_from(limit).unwrap_or(0);
    for _ in 0..LIST_PAGES_MAX {
        let missing = u32::try_from(wanted - ids.len()).unwrap_or(u32::MAX).min(LIST_PAGE_SIZE_DEFAULT);
        let page = client.campaign_ids(token, from, missing).await.map_err(|error| trouble(error.into()))?;
        let rows = page.ids.len() + page.malformed as usize;
        from = from.saturating_add(rows as u64);
        ids.extend(page.ids);
        if !page.has_next_page || rows == 0 || ids.len() >= wanted {
            break;
        }
    }
    ids.truncate(wanted);
    Ok(ids)
}

fn trouble(trouble: Trouble) -> Problem {
    match trouble {
        Trouble::Api(error) => Problem { cause: Some(error.detail), ..Problem::upstream(error.message) },
        Trouble::Db(error) => Problem::unavailable(error),
        Trouble::Refused(failure) => Problem::upstream(failure.message),
        Trouble::Deferred(hold) => Problem::waits(hold, now_ms()),
        Trouble::Fenced => Problem::conflict("reset", "the shop's progress was reset while the chunk ran"),
    }
}
