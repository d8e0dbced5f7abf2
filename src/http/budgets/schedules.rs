//! /v1/shops/{shop_id}/budget-schedules and /v1/budget-schedules/{id}

use crate::http::{
    context::{Answer, Context},
    idempotency,
    problem::Problem,
    request, shops,
};
use api::{
    budget::schedule::{Deleted, RowProblem, Schedule as Shown},
    page::Page,
};
use store::schedules::{self, ScheduleRow};
use sync_core::budget::Schedule;
use sync_flow::{
    host::Host,
    schedules::{
        change,
        patch::SchedulePatch,
        rejection::{ALLOWED_VALUES, ScheduleRejection},
        save::{Decision, save},
    },
};
use worker::Request;

/// GET /v1/shops/{shop_id}/budget-schedules, by campaign and start; filtered by `campaign_id` and `active`.
pub async fn list(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let (limit, cursor) = request::page(request)?;
    let campaign_id = request::campaign(request)?;
    let is_active = request::flag(request, "active")?;
    let db = context.db().await?;
    let rows = schedules::list(&db, shop_id.0, campaign_id, is_active, cursor, limit).await?;
    if rows.is_empty() {
        shops::must_exist(&db, shop_id).await?;
    }
    let next_cursor = request::next(&rows, limit, |row| row.campaign_id);
    Answer::ok(&Page { items: rows.into_iter().map(shown).collect(), next_cursor })
}

/// GET /v1/budget-schedules/{id}
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let db = context.db().await?;
    Answer::ok(&shown(change::find(&db, &context.parameter).await?))
}

/// POST /v1/shops/{shop_id}/budget-schedules. Repeated with its `Idempotency-Key`, it answers with the created
/// schedule.
pub async fn create(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let body = request::bytes(request).await?;
    let key = idempotency::id(request, shop_id)?;
    let id = key.clone().unwrap_or_else(|| new_id(context));
    let row = patch(&body)?.new_row(shop_id, id, context.actor())?;
    let db = context.db().await?;
    let mut is_new = true;
    let (campaigns, ids) = ([row.campaign_id], [row.id.as_str()]);
    let saved = save(&db, shop_id, &campaigns, &ids, context.actor(), |validator| {
        is_new = validator.admission.made.is_empty();
        if !is_new {
            return Ok(Decision::Leave);
        }
        validator.check(&row, None)?;
        Ok::<_, Problem>(Decision::Store(vec![validator.with_names(row.clone())]))
    });
    idempotency::once(&db, request, key.as_deref(), &body, saved).await?;
    change::look_at_budgets(&context.host, &db, shop_id).await;
    let answer = Answer::ok(&shown(change::find(&db, &row.id).await?))?;
    Ok(if is_new { answer.created() } else { answer })
}

/// PATCH /v1/budget-schedules/{id}: absent fields stay unchanged.
pub async fn change(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let mut patch = patch(&request::bytes(request).await?)?;
    let db = context.db().await?;
    let row = change::find(&db, &context.parameter).await?;
    if patch.campaign_id.take().is_some_and(|id| id != row.campaign_id) {
        let reason = "a schedule stays with its campaign; make another one";
        return Err(ScheduleRejection::by_rule("campaign_id", ALLOWED_VALUES, reason).into());
    }
    change::apply::<Problem>(&context.host, &db, &row, &patch, false, context.actor()).await?;
    Answer::ok(&shown(change::find(&db, &row.id).await?))
}

/// DELETE /v1/budget-schedules/{id}
pub async fn delete(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    request::nothing(request).await?;
    let db = context.db().await?;
    let row = change::find(&db, &context.parameter).await?;
    change::remove(&context.host, &db, &row, context.actor()).await?;
    Answer::ok(&Deleted { id: context.parameter.clone(), deleted: true })
}

/// A random UUID as the id for a new schedule.
pub fn new_id(context: &Context<'_>) -> String {
    let mut bytes = [0_u8; 16];
    context.host.random_bytes(&mut bytes);
    // RFC 9562, version 4.
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    request::uuid_text(&hex::encode(bytes))
}

fn patch(body: &[u8]) -> Result<SchedulePatch, Problem> {
    request::read(body).map_err(|problem: Problem| problem.by_rule(ALLOWED_VALUES))
}

/// A schedule as shown to the caller. `problem` says why an invalid row, written by hand, has no effect.
fn shown(row: ScheduleRow) -> Shown {
    let problem = Schedule::parse(&row).err();
    let problem = problem.map(|error| RowProblem { field: error.field.to_owned(), reason: error.reason });
    Shown {
        id: row.id,
        shop_id: row.shop_id,
        campaign_id: row.campaign_id,
        campaign_name: row.campaign_name,
        ad_type: row.ad_type,
        hour_start: row.hour_start,
        minute_start: row.minute_start,
        hour_end: row.hour_end,
        minute_end: row.minute_end,
        budget: row.budget,
        days_of_week: row.days_of_week,
        specific_dates: row.specific_dates,
        is_active: row.is_active,
        restore: row.restore,
        unlimited: row.unlimited,
        created_by: row.created_by,
        created_at_ms: row.created_at_ms,
        updated_at_ms: row.updated_at_ms,
        problem,
    }
}
