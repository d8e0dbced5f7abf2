//! POST /functions/v1/shopee-ads-scheduler: the function that older callers use.

mod rows;
mod work;

use crate::http::{
    budgets::schedules::new_id,
    context::{Answer, Context},
    problem::Problem,
    request,
};
use api::older::{OlderDone, OlderLogs, OlderSaved, OlderSchedules};
use serde::Deserialize;
use serde_json::Value;
use store::{
    Db,
    budget_logs::{self, Filter},
    schedules::{self, ScheduleRow},
};
use sync_core::{SCHEDULES_PER_SHOP_MAX, ShopId};
use sync_flow::schedules::{
    change,
    patch::{SchedulePatch, amount, campaign_id, named},
    rejection::ScheduleRejection,
    save::{Decision, save},
};
use worker::Request;

/// Rows of the log per call, by default.
const LOGS_DEFAULT: i64 = 50;
/// Most rows of the log per call.
const LOGS_MAX: i64 = 500;

#[derive(Deserialize)]
struct Call {
    action: Option<Value>,
    shop_id: Option<Value>,
    campaign_id: Option<Value>,
    schedule_id: Option<String>,
    campaign_name: Option<String>,
    ad_type: Option<String>,
    hour_start: Option<i32>,
    minute_start: Option<i32>,
    hour_end: Option<i32>,
    minute_end: Option<i32>,
    #[serde(default, deserialize_with = "amount")]
    budget: Option<String>,
    #[serde(default, deserialize_with = "named")]
    days_of_week: Option<Option<Vec<i32>>>,
    #[serde(default, deserialize_with = "named")]
    specific_dates: Option<Option<Vec<String>>>,
    restore: Option<bool>,
    is_active: Option<bool>,
    limit: Option<i64>,
}

/// Handles one call.
pub async fn call(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let call: Call = request::json(request).await?;
    context.must_reach(call.shop_id.as_ref().map(|_| call.shop()).transpose()?)?;
    match call.action.as_ref().and_then(Value::as_str).unwrap_or_default() {
        "create" => create(context, &call).await,
        "update" => update(context, &call).await,
        "delete" => delete(context, &call).await,
        "list" => list(context, &call).await,
        "logs" => logs(context, &call).await,
        "process" if call.shop_id.is_none() => work::tick(context).await,
        "process" => work::process(context, call.shop()?).await,
        "run-now" => work::run_now(context, call.shop()?, call.schedule()?).await,
        _ => {
            Err(Problem::field("action", "allowed are create, update, delete, list, logs, process, run-now"))
        }
    }
}

impl Call {
    fn shop(&self) -> Result<ShopId, Problem> {
        match &self.shop_id {
            Some(Value::Number(id)) => request::shop_id(&id.to_string()),
            Some(Value::String(id)) => request::shop_id(id),
            _ => Err(Problem::field("shop_id", "is required, a whole number")),
        }
    }

    fn schedule(&self) -> Result<&str, Problem> {
        let id = self.schedule_id.as_deref().filter(|id| !id.is_empty());
        id.ok_or_else(|| Problem::field("schedule_id", "is required"))
    }

    fn campaign(&self) -> Result<Option<i64>, Problem> {
        match &self.campaign_id {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(id)) => Ok(Some(campaign_id(id)?)),
            Some(id) => Ok(Some(campaign_id(&id.to_string())?)),
        }
    }

    /// For these callers an empty list counts as absent, which means every day.
    fn patch(&self) -> SchedulePatch {
        let days = self.days_of_week.clone().map(|days| days.filter(|days| !days.is_empty()));
        let dates = self.specific_dates.clone().map(|dates| dates.filter(|dates| !dates.is_empty()));
        SchedulePatch {
            campaign_id: None,
            campaign_name: self.campaign_name.clone(),
            ad_type: self.ad_type.clone(),
            hour_start: self.hour_start,
            minute_start: self.minute_start,
            hour_end: self.hour_end,
            minute_end: self.minute_end,
            budget: self.budget.clone(),
            days_of_week: days,
            specific_dates: dates,
            restore: self.restore,
            // These callers have no such field: a budget of 0 is refused.
            unlimited: None,
            is_active: self.is_active,
        }
    }
}

/// Creates a schedule, or replaces all fields of this campaign's schedule with the same start.
async fn create(context: &Context<'_>, call: &Call) -> Result<Answer, Problem> {
    let shop_id = call.shop()?;
    let missing = || ScheduleRejection::malformed("campaign_id", "required", "is required");
    let campaign_id = call.campaign()?.ok_or_else(missing)?;
    let patch = SchedulePatch { campaign_id: Some(campaign_id), ..call.patch() };
    let new = patch.new_row(shop_id, new_id(context), context.actor())?;
    let db = context.db().await?;
    let mut id = new.id.clone();
    save(&db, shop_id, &[campaign_id], &[], context.actor(), |validator| {
        validator.takes_cells = true;
        let starts = (new.hour_start, new.minute_start);
        let mut rows = validator.admission.schedules.iter();
        let old = rows.find(|row| (row.hour_start, row.minute_start) == starts).cloned();
        let mut row = validator.with_names(new.clone());
        if let Some(old) = &old {
            row.id.clone_from(&old.id);
        }
        validator.check(&row, old.as_ref())?;
        id.clone_from(&row.id);
        Ok::<_, Problem>(Decision::Store(vec![row]))
    })
    .await?;
    change::look_at_budgets(&context.host, &db, shop_id).await;
    saved(&db, &id).await
}

async fn update(context: &Context<'_>, call: &Call) -> Result<Answer, Problem> {
    let (shop_id, id) = (call.shop()?, call.schedule()?);
    let db = context.db().await?;
    let row = of_shop(change::find(&db, id).await?, shop_id)?;
    if call.campaign()?.is_some_and(|id| id != row.campaign_id) {
        return Err(Problem::field("campaign_id", "a schedule stays with its campaign; make another one"));
    }
    change::apply::<Problem>(&context.host, &db, &row, &call.patch(), true, context.actor()).await?;
    saved(&db, &row.id).await
}

async fn delete(context: &Context<'_>, call: &Call) -> Result<Answer, Problem> {
    let (shop_id, id) = (call.shop()?, call.schedule()?);
    let db = context.db().await?;
    let row = of_shop(change::find(&db, id).await?, shop_id)?;
    change::remove(&context.host, &db, &row, context.actor()).await?;
    Answer::ok(&OlderDone { success: true })
}

async fn list(context: &Context<'_>, call: &Call) -> Result<Answer, Problem> {
    let (shop_id, campaign_id) = (call.shop()?, call.campaign()?);
    let db = context.db().await?;
    let most = i32::try_from(SCHEDULES_PER_SHOP_MAX).unwrap_or(i32::MAX);
    let found = schedules::list(&db, shop_id.0, campaign_id, None, None, most).await?;
    let schedules = found.into_iter().map(rows::schedule).collect();
    Answer::ok(&OlderSchedules { success: true, schedules })
}

async fn logs(context: &Context<'_>, call: &Call) -> Result<Answer, Problem> {
    let shop_id = call.shop()?;
    let limit = call.limit.unwrap_or(LOGS_DEFAULT).clamp(1, LOGS_MAX);
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let filter = Filter { campaign_id: call.campaign()?, ..Filter::default() };
    let db = context.db().await?;
    let found = budget_logs::list(&db, shop_id.0, &filter, None, limit).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let logs = found.into_iter().take(most).map(rows::log).collect();
    Answer::ok(&OlderLogs { success: true, logs })
}

async fn saved(db: &impl Db, id: &str) -> Result<Answer, Problem> {
    Answer::ok(&OlderSaved { success: true, schedule: rows::schedule(change::find(db, id).await?) })
}

/// Returns the schedule if it belongs to this shop.
fn of_shop(row: ScheduleRow, shop_id: ShopId) -> Result<ScheduleRow, Problem> {
    if row.shop_id == shop_id.0 { Ok(row) } else { Err(Problem::unknown_schedule(&row.id)) }
}
