//! POST /v1/shops/{shop_id}/budget-schedules/csv: creates many schedules at once, all or none.

use super::{
    csv_lines::{self, Line},
    schedules::new_id,
};
use crate::http::{
    context::{Answer, Context},
    idempotency,
    problem::Problem,
    request,
};
use api::budget::csv::{Line as LineReport, Lines};
use compact::SortedSet;
use sha2::{Digest, Sha256};
use store::schedules::ScheduleRow;
use sync_core::ShopId;
use sync_flow::schedules::{
    change,
    rejection::ScheduleRejection,
    save::{Decision, save},
    validator::ScheduleValidator,
};
use worker::Request;

/// A line with the schedule that it describes.
struct Draft {
    number: usize,
    campaign_id: Option<i64>,
    row: Result<ScheduleRow, ScheduleRejection>,
}

/// Checks all lines, and stores their schedules if all are valid and `dry_run` is not set.
pub async fn create(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = request::shop_id(&context.parameter)?;
    let dry_run = request::flag(request, "dry_run")?.unwrap_or(false);
    let key = idempotency::id(request, shop_id)?;
    let bytes = request::bytes(request).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::body("the text is not UTF-8"))?;
    let drafts: Vec<Draft> = csv_lines::read(text)?
        .into_iter()
        .map(|line| draft(line, shop_id, context.actor(), |number| id(context, key.as_deref(), number)))
        .collect();
    let campaigns: SortedSet<i64> = drafts.iter().filter_map(|draft| draft.campaign_id).collect();
    let campaigns: Vec<i64> = campaigns.into_iter().collect();
    let ids: Vec<&str> =
        drafts.iter().filter_map(|draft| Some(draft.row.as_ref().ok()?.id.as_str())).collect();

    let db = context.db().await?;
    let saved = save(&db, shop_id, &campaigns, &ids, context.actor(), |validator| {
        let verdicts: Vec<Result<(), ScheduleRejection>> =
            drafts.iter().map(|draft| verdict(validator, draft, &drafts)).collect();
        let refused = verdicts.iter().filter(|verdict| verdict.is_err()).count();
        if refused > 0 {
            let detail = format!("{refused} of {} lines are refused, so nothing is stored", drafts.len());
            return Err(Problem::lines(detail, report(&drafts, &verdicts, false)));
        }
        let is_new = |row: &&ScheduleRow| !validator.admission.made.iter().any(|made| made.id == row.id);
        let rows = drafts.iter().filter_map(|draft| draft.row.as_ref().ok()).filter(is_new);
        let rows: Vec<ScheduleRow> = rows.map(|row| validator.with_names(row.clone())).collect();
        Ok::<_, Problem>(if dry_run || rows.is_empty() { Decision::Leave } else { Decision::Store(rows) })
    });
    // A dry run says nothing of the request that follows it.
    let bound = key.as_deref().filter(|_| !dry_run);
    idempotency::once(&db, request, bound, &bytes, saved).await?;
    if !dry_run {
        change::look_at_budgets(&context.host, &db, shop_id).await;
    }
    let all: Vec<Result<(), ScheduleRejection>> = drafts.iter().map(|_| Ok(())).collect();
    let lines = report(&drafts, &all, !dry_run);
    let answer = Answer::ok(&Lines { dry_run, lines })?;
    Ok(if dry_run { answer } else { answer.created() })
}

fn draft(line: Line, shop_id: ShopId, by: &str, id: impl Fn(usize) -> String) -> Draft {
    let Line { number, campaign_id, patch } = line;
    let row = patch.and_then(|patch| patch.new_row(shop_id, id(number), by));
    Draft { number, campaign_id, row }
}

/// The id of a line's schedule, which is the same for the same `Idempotency-Key`.
fn id(context: &Context<'_>, key: Option<&str>, number: usize) -> String {
    let Some(key) = key else { return new_id(context) };
    request::uuid_text(&hex::encode(Sha256::digest(format!("{key}/{number}"))))
}

/// Checks a line against the existing schedules and the lines before it.
fn verdict(
    validator: &mut ScheduleValidator,
    draft: &Draft,
    drafts: &[Draft],
) -> Result<(), ScheduleRejection> {
    let row = draft.row.as_ref().map_err(Clone::clone)?;
    if validator.admission.made.iter().any(|made| made.id == row.id) {
        return Ok(());
    }
    let schedule = validator.check(row, None).map_err(|refused| naming_lines(refused, drafts))?;
    validator.take(schedule);
    Ok(())
}

/// Names the line instead of the id, since the caller does not know the ids of new schedules yet.
fn naming_lines(refused: ScheduleRejection, drafts: &[Draft]) -> ScheduleRejection {
    let named = drafts.iter().find_map(|draft| {
        let id = &draft.row.as_ref().ok()?.id;
        let (before, after) = refused.reason.split_once(&format!("schedule {id}"))?;
        Some(format!("{before}the schedule of line {}{after}", draft.number))
    });
    match named {
        Some(reason) => refused.saying(reason),
        None => refused,
    }
}

/// `created`: stored. `valid`: the line is valid, but nothing was stored. `refused`: says what is wrong.
fn report(drafts: &[Draft], verdicts: &[Result<(), ScheduleRejection>], is_stored: bool) -> Vec<LineReport> {
    let lines = drafts.iter().zip(verdicts).map(|(draft, verdict)| {
        let refused = verdict.as_ref().err();
        let status = match (refused, is_stored) {
            (Some(_), _) => "refused",
            (None, true) => "created",
            (None, false) => "valid",
        };
        let id = draft.row.as_ref().ok().map(|row| row.id.as_str()).filter(|_| is_stored);
        LineReport {
            line: draft.number,
            campaign_id: draft.campaign_id,
            status: status.to_owned(),
            schedule_id: id.map(str::to_owned),
            field: refused.map(|refused| refused.field.to_string()),
            rule: refused.map(|refused| refused.rule.to_owned()),
            reason: refused.map(|refused| refused.reason.clone()),
        }
    });
    lines.collect()
}
