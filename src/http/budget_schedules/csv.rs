//! POST /v1/shops/{shop_id}/budget-schedules/csv: many schedules at once, all or none.

use super::{
    changed,
    csv_lines::{self, Line},
    held::Held,
    new_id,
    refused::Refused,
    save::{Decision, save},
    with_names,
};
use crate::{
    adapter,
    http::{Answer, Context, body, problem::Problem},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::schedules::NewRow;
use worker::Request;

/// A line with the schedule that it makes.
struct Draft {
    number: usize,
    campaign_id: Option<i64>,
    row: Result<NewRow, Refused>,
}

/// Checks all lines, and stores their schedules if all are right and `dry_run` is not asked for.
pub async fn create(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let shop_id = body::shop_id(&context.parameter)?;
    let dry_run = body::flag(request, "dry_run")?.unwrap_or(false);
    let key = body::idempotency_key(request, shop_id)?;
    let bytes = body::bytes(request).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::body("the text is not UTF-8"))?;
    let drafts: Vec<Draft> = csv_lines::read(text)?
        .into_iter()
        .map(|line| draft(line, &context.caller.0, |number| id(context, key.as_deref(), number)))
        .collect();
    let campaigns: BTreeSet<i64> = drafts.iter().filter_map(|draft| draft.campaign_id).collect();
    let campaigns: Vec<i64> = campaigns.into_iter().collect();
    let ids: Vec<&str> =
        drafts.iter().filter_map(|draft| Some(draft.row.as_ref().ok()?.id.as_str())).collect();

    let db = adapter::connect(context.env).await.map_err(Problem::unavailable)?;
    save(&db, shop_id, &campaigns, &ids, &context.caller.0, |held| {
        let verdicts: Vec<Result<(), Refused>> =
            drafts.iter().map(|draft| verdict(held, draft, &drafts)).collect();
        let refused = verdicts.iter().filter(|verdict| verdict.is_err()).count();
        if refused > 0 {
            let detail = format!("{refused} of {} lines are refused, so nothing is stored", drafts.len());
            return Err(Problem::lines(detail, report(&drafts, &verdicts, false)));
        }
        let is_new = |row: &&NewRow| !held.admission.made.iter().any(|made| made.id == row.id);
        let rows = drafts.iter().filter_map(|draft| draft.row.as_ref().ok()).filter(is_new);
        let rows: Vec<NewRow> = rows.map(|row| with_names(held, row.clone())).collect();
        Ok(if dry_run || rows.is_empty() { Decision::Leave } else { Decision::Store(rows) })
    })
    .await?;
    if !dry_run {
        changed(context, &db, shop_id).await;
    }
    let all: Vec<Result<(), Refused>> = drafts.iter().map(|_| Ok(())).collect();
    let lines = report(&drafts, &all, !dry_run);
    let body = json!({ "dry_run": dry_run, "lines": lines });
    Ok(if dry_run { Answer::ok(body) } else { Answer::created(body) })
}

fn draft(line: Line, by: &str, id: impl Fn(usize) -> String) -> Draft {
    let Line { number, campaign_id, wanted } = line;
    let row = wanted.and_then(|wanted| wanted.new_row(id(number), campaign_id.unwrap_or_default(), by));
    Draft { number, campaign_id, row }
}

/// The id of a line's schedule: the same one for the same `Idempotency-Key`.
fn id(context: &Context<'_>, key: Option<&str>, number: usize) -> String {
    let Some(key) = key else { return new_id(context) };
    body::uuid_text(&hex::encode(Sha256::digest(format!("{key}/{number}"))))
}

/// Holds a line against what there is and against the lines before it.
fn verdict(held: &mut Held, draft: &Draft, drafts: &[Draft]) -> Result<(), Refused> {
    let row = draft.row.as_ref().map_err(Clone::clone)?;
    if held.admission.made.iter().any(|made| made.id == row.id) {
        return Ok(());
    }
    let schedule = held.check(row, None).map_err(|refused| naming_lines(refused, drafts))?;
    held.take(schedule);
    Ok(())
}

/// Another line's schedule has an id that nobody has seen yet.
fn naming_lines(refused: Refused, drafts: &[Draft]) -> Refused {
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

/// `created`: stored. `valid`: nothing is wrong with the line, and nothing was stored. `refused`: what is wrong.
fn report(drafts: &[Draft], verdicts: &[Result<(), Refused>], is_stored: bool) -> Value {
    let lines = drafts.iter().zip(verdicts).map(|(draft, verdict)| {
        let refused = verdict.as_ref().err();
        let status = match (refused, is_stored) {
            (Some(_), _) => "refused",
            (None, true) => "created",
            (None, false) => "valid",
        };
        let id = draft.row.as_ref().ok().map(|row| row.id.as_str()).filter(|_| is_stored);
        json!({
            "line": draft.number,
            "campaign_id": draft.campaign_id,
            "status": status,
            "schedule_id": id,
            "field": refused.map(|refused| &refused.field),
            "rule": refused.map(|refused| refused.rule),
            "reason": refused.map(|refused| &refused.reason),
        })
    });
    lines.collect::<Vec<_>>().into()
}
