//! Budget runs and logs: POST /v1/shops/{shop_id}/budgets/run and GET /v1/shops/{shop_id}/budget-logs

use crate::http::{
    context::{Answer, Context},
    problem::Problem,
    refusals, request, shops,
};
use api::{
    budget::run::{BudgetsRun, RunBudgets},
    filter::BUDGET_STATUSES,
};
use compact::json;
use store::{
    audit::{self, AuditEntry},
    budget_logs::{self, Filter},
};
use sync_core::ShopId;
use sync_flow::{
    budget::{self, Ran, RunScope},
    schedules::change,
};
use worker::Request;

/// Longest run now of a schedule that restores, in minutes: a day.
const MINUTES_MAX: u32 = 24 * 60;

/// POST /v1/shops/{shop_id}/budgets/run
pub async fn run(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let RunBudgets { dry_run, schedule_id, minutes } = request::json(request).await?;
    let wanted = match (schedule_id, minutes) {
        (None, None) => RunScope::Due,
        (None, Some(_)) => {
            return Err(Problem::field("minutes", "is for a run of one schedule: name schedule_id"));
        }
        (Some(id), minutes) => {
            let minutes = minutes.map(|minutes| {
                let fits = u32::try_from(minutes).ok().filter(|minutes| (1..=MINUTES_MAX).contains(minutes));
                let reason = format!("must be a whole number from 1 to {MINUTES_MAX}");
                fits.ok_or_else(|| Problem::field("minutes", reason))
            });
            RunScope::Schedule { id, minutes: minutes.transpose()? }
        }
    };
    let Ran { results, goes_on } = write(context, shop_id, &wanted, dry_run).await?;
    Answer::ok(&BudgetsRun { shop_id: shop_id.0, dry_run, results, goes_on })
}

/// Writes budgets of a shop, after a row in the audit log: what cannot be audited does not happen.
pub async fn write(
    context: &Context<'_>,
    shop_id: ShopId,
    wanted: &RunScope,
    dry_run: bool,
) -> Result<Ran, Problem> {
    let db = context.db().await?;
    shops::must_exist(&db, shop_id).await?;
    let schedule_id = match wanted {
        RunScope::Due => None,
        RunScope::Schedule { id, .. } => {
            let row = change::find(&db, id).await?;
            if row.shop_id != shop_id.0 {
                return Err(Problem::unknown_schedule(id));
            }
            Some(row.id)
        }
    };
    if !dry_run {
        let entry = AuditEntry {
            actor: context.actor().to_owned(),
            action: "budget.run".to_owned(),
            shop_id: Some(shop_id.0),
            subject: schedule_id,
            before: json!(null),
            after: json!({ "requested": "budget.run" }),
        };
        audit::record(&db, &entry).await?;
    }
    let ran = budget::run(&context.host, shop_id, wanted, dry_run).await;
    ran.map_err(|refusal| refusals::of(shop_id, refusal))
}

/// GET /v1/shops/{shop_id}/budget-logs, newest first.
pub async fn logs(context: &Context<'_>, request: &Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let (limit, cursor) = request::page(request)?;
    let (from_ms, to_ms) = request::moments(request)?;
    let filter = Filter {
        campaign_id: request::campaign(request)?,
        schedule_id: request::uuid(request, "schedule_id")?,
        status: request::one_of(request, "status", &BUDGET_STATUSES)?,
        from_ms,
        to_ms,
    };
    let db = context.db().await?;
    let rows = budget_logs::list(&db, shop_id.0, &filter, cursor, limit).await?;
    if rows.is_empty() {
        shops::must_exist(&db, shop_id).await?;
    }
    Answer::page(rows, limit, |row| row.executed_at_ms)
}
