//! /v1/shops/{shop_id}/budget-schedules and /v1/budget-schedules/{id}

pub mod csv;
mod csv_lines;
pub mod held;
pub mod preview;
pub mod refused;
pub mod save;
pub mod wanted;

use super::{Answer, Context, body, problem::Problem, shops};
use crate::adapter;
use held::{Held, parse};
use refused::{ALLOWED_VALUES, Refused};
use save::{Decision, save};
use serde_json::{Value, json};
use store::{
    Db,
    schedules::{self, NewRow, ScheduleRow},
};
use sync_core::ShopId;
use sync_flow::{
    cron::budget_scheduler,
    host::{Host, Level},
};
use wanted::{ScheduleBody, Wanted};
use worker::Request;

/// GET /v1/shops/{shop_id}/budget-schedules, by campaign and start; of one with `campaign_id`, and with `active`.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(&context.parameter)?;
    let (limit, cursor) = body::page(request)?;
    let campaign_id = campaign(request)?;
    let is_active = body::flag(request, "active")?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let rows = schedules::list(&db, shop_id.0, campaign_id, is_active, cursor, limit).await;
    let rows = rows.map_err(Problem::unavailable)?;
    if rows.is_empty() {
        shops::known(&db, shop_id).await?;
    }
    let next = body::next(&rows, limit, |row| row.campaign_id);
    let items: Vec<Value> = rows.iter().map(shown).collect();
    Ok(Answer::ok(json!({ "items": items, "next_cursor": next })))
}

/// GET /v1/budget-schedules/{id}
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    Ok(Answer::ok(shown(&found(&db, &context.parameter).await?)))
}

/// POST /v1/shops/{shop_id}/budget-schedules. Sent again with its `Idempotency-Key`, it answers with what was made.
pub async fn create(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(&context.parameter)?;
    let wanted = read(request).await?;
    let missing = || Refused::malformed("campaign_id", "required", "is required");
    let campaign_id = wanted.campaign_id.ok_or_else(missing)?;
    let key = body::idempotency_key(request, shop_id)?;
    let id = key.unwrap_or_else(|| new_id(context));
    let row = wanted.wanted().new_row(id, campaign_id, &context.caller.0)?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let mut is_new = true;
    save(&db, shop_id, &[campaign_id], &[row.id.as_str()], &context.caller.0, |held| {
        is_new = held.admission.made.is_empty();
        if !is_new {
            return Ok(Decision::Leave);
        }
        held.check(&row, None)?;
        Ok(Decision::Store(vec![with_names(held, row.clone())]))
    })
    .await?;
    changed(context, &db, shop_id).await;
    let body = shown(&found(&db, &row.id).await?);
    Ok(if is_new { Answer::created(body) } else { Answer::ok(body) })
}

/// PATCH /v1/budget-schedules/{id}: what is not named stays.
pub async fn change(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let body = read(request).await?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let row = found(&db, &context.parameter).await?;
    if body.campaign_id.is_some_and(|id| id != row.campaign_id) {
        let reason = "a schedule stays with its campaign; make another one";
        return Err(Refused::by_rule("campaign_id", ALLOWED_VALUES, reason).into());
    }
    apply(context, &db, &row, &body.wanted(), false).await?;
    Ok(Answer::ok(shown(&found(&db, &row.id).await?)))
}

/// DELETE /v1/budget-schedules/{id}
pub async fn delete(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    body::nothing(request).await?;
    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    let id = &context.parameter;
    remove(context, &db, &found(&db, id).await?).await?;
    Ok(Answer::ok(json!({ "id": id, "deleted": true })))
}

/// Changes a schedule that was found. `takes_cells`: the caller is the older page, whose cells meet.
pub async fn apply(
    context: &Context<'_>,
    db: &impl Db,
    row: &ScheduleRow,
    wanted: &Wanted,
    takes_cells: bool,
) -> Result<(), Problem> {
    let (shop_id, actor) = (ShopId(row.shop_id), context.caller.0.as_str());
    if wanted.only_deactivates() {
        let done = schedules::deactivate(db, &row.id, actor).await.map_err(Problem::unavailable)?;
        if !done {
            return Err(unknown(&row.id));
        }
    } else {
        save(db, shop_id, &[row.campaign_id], &[], actor, |held| {
            held.takes_cells = takes_cells;
            let old = held.row(&row.id).ok_or_else(|| unknown(&row.id))?;
            let new = wanted.onto(old);
            held.check(&new, Some(old))?;
            Ok(Decision::Store(vec![new]))
        })
        .await?;
    }
    changed(context, db, shop_id).await;
    Ok(())
}

/// Deletes a schedule that was found.
pub async fn remove(context: &Context<'_>, db: &impl Db, row: &ScheduleRow) -> Result<(), Problem> {
    let gone = schedules::delete(db, &row.id, &context.caller.0).await.map_err(Problem::unavailable)?;
    if !gone {
        return Err(unknown(&row.id));
    }
    changed(context, db, ShopId(row.shop_id)).await;
    Ok(())
}

/// Schedules of a shop have changed: it is looked at now, and at the beginnings and ends of its slots until the next tick. The
/// change is stored and noted, so where this fails a tick does it within five minutes.
pub async fn changed(context: &Context<'_>, db: &impl Db, shop_id: ShopId) {
    if let Err(error) = budget_scheduler::ask_for(db, &context.host, shop_id).await {
        context.host.log(Level::Warn, "budgets_not_asked_for", json!({ "shop": shop_id, "error": error }));
    }
}

/// The schedule of this id, or 404.
pub async fn found(db: &impl Db, id: &str) -> Result<ScheduleRow, Problem> {
    schedules::get(db, id).await.map_err(Problem::unavailable)?.ok_or_else(|| unknown(id))
}

/// 404 for a schedule.
pub fn unknown(id: &str) -> Problem {
    let id: String = id.chars().take(36).collect();
    Problem::not_found(format!("there is no budget schedule {id}"))
}

/// Name and kind of the campaign, where the caller has said none.
pub fn with_names(held: &Held, mut row: NewRow) -> NewRow {
    if let Some(campaign) = held.campaign(row.campaign_id) {
        row.campaign_name = row.campaign_name.or_else(|| campaign.name.clone());
        row.ad_type = row.ad_type.or_else(|| campaign.ad_type.clone());
    }
    row
}

/// An id for a new schedule: a random UUID.
pub fn new_id(context: &Context<'_>) -> String {
    let mut bytes = [0_u8; 16];
    context.host.random_bytes(&mut bytes);
    // RFC 9562, version 4.
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    body::uuid_text(&hex::encode(bytes))
}

async fn read(request: &mut Request) -> Result<ScheduleBody, Problem> {
    body::json(request).await.map_err(|problem: Problem| problem.by_rule(ALLOWED_VALUES))
}

/// `campaign_id` of the address's query.
pub fn campaign(request: &Request) -> Result<Option<i64>, Problem> {
    Ok(body::query(request, "campaign_id")?.map(|text| wanted::campaign_id(&text)).transpose()?)
}

/// A schedule for the caller. `problem`: why no budget comes of it, where the row was written by hand.
fn shown(row: &ScheduleRow) -> Value {
    let problem = parse(row).err().map(|error| json!({ "field": error.field, "reason": error.reason }));
    let mut body = json!(row);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("problem".to_owned(), json!(problem));
    }
    body
}
