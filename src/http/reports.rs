//! Reports: GET /v1/calls, /v1/shops/{shop_id}/unlisted-spend and /v1/sync-times

use super::{
    context::{Answer, Context},
    problem::Problem,
    request, shops,
};
use api::report::Items;
use chrono::{DateTime, NaiveDate, TimeDelta};
use store::reports;
use sync_flow::host::Host;
use worker::Request;

/// Longest span, in days.
const DAYS_MAX: i64 = 92;
/// Days that are shown if none is asked for.
const DAYS: i64 = 30;
/// Most rows of an answer: 50 shops of three kinds over 92 days are fewer.
const ROWS_MAX: i32 = 20_000;

/// GET /v1/calls: by day of Shopee's quota, shop and kind.
pub async fn calls(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let (from, to) = days(context, request)?;
    let shop_id = request::shop(request)?.map(|shop| shop.0);
    let db = context.db().await?;
    Answer::ok(&Items { items: reports::calls(&db, shop_id, (&from, &to), ROWS_MAX).await? })
}

/// GET /v1/shops/{shop_id}/unlisted-spend: by day.
pub async fn unlisted(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let (from, to) = days(context, request)?;
    let db = context.db().await?;
    let items = reports::unlisted(&db, shop_id.0, (&from, &to)).await?;
    if items.is_empty() {
        shops::must_exist(&db, shop_id).await?;
    }
    Answer::ok(&Items { items })
}

/// GET /v1/sync-times: by kind and size.
pub async fn sync_times(context: &Context<'_>) -> Result<Answer, Problem> {
    let db = context.db().await?;
    Answer::ok(&Items { items: reports::sync_times(&db).await? })
}

/// The days that are asked for, or the last ones. The last day is one that has begun anywhere.
fn days(context: &Context<'_>, request: &Request) -> Result<(String, String), Problem> {
    let (from, to) = request::days(request, DAYS_MAX)?;
    let ahead =
        DateTime::from_timestamp_millis(context.host.now_ms()).unwrap_or_default() + TimeDelta::hours(14);
    let to: NaiveDate = to.unwrap_or_else(|| ahead.date_naive());
    let from = from.unwrap_or(to - TimeDelta::days(DAYS - 1));
    Ok((from.to_string(), to.to_string()))
}
