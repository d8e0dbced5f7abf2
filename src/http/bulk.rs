//! Verbs for all things that match a filter: POST /v1/runs/cancel, /v1/runs/retry and /v1/dead-letters/replay. Each thing is
//! treated as the verb for one treats it, and the answer tells of each.

use super::{
    context::{Answer, Context},
    dead_letters,
    problem::Problem,
    request, shops,
};
use api::{
    bulk::{LetterFilter, Report, Reports, RunFilter},
    filter::KINDS,
};
use store::{dead_letters as letters, runs};
use sync_core::{Generation, RunAction, RunId, ShopId};
use sync_flow::actions::run_actions;
use worker::Request;

/// Most things of one request: each takes a few questions to the database and one to an object.
const THINGS_MAX: i32 = 50;

/// Cancels all runs that match and are under way, or retries all that match and have failed.
pub async fn act(context: &Context<'_>, request: &mut Request, action: RunAction) -> Result<Answer, Problem> {
    let wanted: RunFilter = request::json(request).await?;
    if wanted == RunFilter::default() {
        return Err(Problem::body("name at least one of shop_id, kind, from_ms and to_ms"));
    }
    let shop = wanted.shop_id.map(|id| request::shop_id(&id.to_string())).transpose()?;
    context.must_reach(shop)?;
    if wanted.kind.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
        return Err(Problem::field("kind", format!("allowed are {}", KINDS.join(", "))));
    }
    let status = if action == RunAction::Cancel { "running" } else { "failed" };
    let filter = runs::Filter {
        shop_id: wanted.shop_id,
        status: Some(status.to_owned()),
        kind: wanted.kind,
        from_ms: wanted.from_ms,
        to_ms: wanted.to_ms,
    };
    let db = context.db().await?;
    let found = runs::list_all(&db, &filter, None, THINGS_MAX + 1).await?;
    bounded(found.len(), &format!("{status} runs"))?;
    let mut items = Vec::new();
    for run in found {
        let id = RunId { shop: ShopId(run.shop_id), generation: Generation(run.generation) };
        let new = match action {
            RunAction::Retry => {
                let accepted = run_actions::retry(&context.host, id, context.actor()).await;
                accepted.map(|accepted| Some(shops::shown(accepted).run.id)).map_err(Problem::from)
            }
            _ => {
                let done = run_actions::request(&context.host, id, action, context.actor()).await;
                done.map(|_| None).map_err(Problem::from)
            }
        };
        items.push(report(id.to_string(), new));
    }
    answer(items)
}

/// Replays all letters that match.
pub async fn replay(context: &Context<'_>, request: &mut Request) -> Result<Answer, Problem> {
    let LetterFilter { queue, from_ms, to_ms } = request::json(request).await?;
    let filter = letters::Filter { queue, unreplayed_only: true, from_ms, to_ms };
    let db = context.db().await?;
    let found = letters::list(&db, &filter, None, THINGS_MAX + 1).await?;
    bounded(found.len(), "dead letters that wait")?;
    let mut items = Vec::new();
    for letter in found {
        let done = dead_letters::put_back(context, &letter.id).await;
        items.push(report(letter.id, done.map(|()| None)));
    }
    answer(items)
}

fn bounded(count: usize, what: &str) -> Result<(), Problem> {
    let most = usize::try_from(THINGS_MAX).unwrap_or_default();
    match count {
        0 => Err(Problem::unprocessable("filter", format!("no {what} match"))),
        count if count > most => {
            let detail =
                format!("more than {most} {what} match: narrow it down, for example by from_ms and to_ms");
            Err(Problem::unprocessable("filter", detail))
        }
        _ => Ok(()),
    }
}

fn report(id: String, done: Result<Option<String>, Problem>) -> Report {
    match done {
        Ok(run_id) => Report { id, done: true, run_id, code: None, detail: None },
        Err(problem) => {
            let code = Some(problem.code.into_owned());
            Report { id, done: false, run_id: None, code, detail: Some(problem.detail) }
        }
    }
}

fn answer(items: Vec<Report>) -> Result<Answer, Problem> {
    let done = items.iter().filter(|report| report.done).count();
    Answer::ok(&Reports { done, refused: items.len() - done, items })
}
