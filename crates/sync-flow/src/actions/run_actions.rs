//! What operators ask of runs and shops. Every verb writes a row to the audit log before it is carried out: what cannot
//! be audited does not happen.

use super::start_sync::{self, AcceptedJob};
use crate::{host::Host, object_client::ShopObject};
use compact::json;
use serde_json::Value;
use store::{
    Db,
    audit::{self, AuditEntry},
    hand_driven_progress,
    queue::NewJob,
    runs,
};
use sync_core::{Conflict, Kind, RunAction, RunId, RunState, ShopId};

/// Why a verb was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionRefused {
    /// There is no such run or shop.
    Unknown(String),
    /// The verb does not apply. Nothing has changed.
    Conflict(Conflict),
    /// The retry could not be accepted.
    Intake(start_sync::Refusal),
    /// A required part does not answer. Repeating the request is safe.
    Unavailable(String),
}

fn unavailable(error: impl ToString) -> ActionRefused {
    ActionRefused::Unavailable(error.to_string())
}

/// Cancels, pauses or resumes a run. Returns the state before. `by` names the caller.
///
/// # Errors
/// It was not carried out.
pub async fn request(
    host: &impl Host,
    run: RunId,
    verb: RunAction,
    by: &str,
) -> Result<RunState, ActionRefused> {
    let db = host.db().await.map_err(unavailable)?;
    let (object, before) = check(host, &db, run, verb, by).await?;
    let done = object.request(run.generation, verb, by.to_owned()).await.map_err(unavailable)?;
    done.map_err(ActionRefused::Conflict).map(|_| before)
}

/// Retries the failed chunks of a run, as a new run that takes over what is done.
///
/// # Errors
/// It was not carried out.
pub async fn retry(host: &impl Host, run: RunId, by: &str) -> Result<AcceptedJob, ActionRefused> {
    let db = host.db().await.map_err(unavailable)?;
    let row = runs::get(&db, run.shop.0, run.generation.0).await.map_err(unavailable)?;
    let row = row.ok_or_else(|| ActionRefused::Unknown(format!("there is no run {run}")))?;
    check(host, &db, run, RunAction::Retry, by).await?;
    let kind: Kind = row
        .params
        .get("request")
        .and_then(|kind| json::from_str(&kind.to_string()).ok())
        .unwrap_or(Kind::Realtime);
    let mut params = json!({ "retry_of": run.generation });
    if let (Kind::BackfillDay { days_ago }, Some(fields)) = (kind, params.as_object_mut()) {
        fields.insert("days_ago".to_owned(), json!(days_ago));
    }
    let job = NewJob {
        id: None,
        shop_id: run.shop.0,
        sync_type: kind.sync_type().to_owned(),
        sync_params: params,
        priority: 2,
        chunk_size: None,
        trigger: "http".to_owned(),
    };
    start_sync::accept(host, job).await.map_err(ActionRefused::Intake)
}

/// Resets a shop, as operators do in SQL: its progress becomes idle, its waiting rows are deleted, and its run is
/// stopped and writes nothing afterwards.
///
/// # Errors
/// It was not carried out.
pub async fn reset(host: &impl Host, shop_id: ShopId, by: &str) -> Result<(), ActionRefused> {
    let db = host.db().await.map_err(unavailable)?;
    let object = ShopObject::new(host, shop_id);
    let before = object.view().await.map_err(unavailable)?;
    let active = before.filter(|run| run.active).map(|run| run.generation);
    let known = store::shops::summary(&db, shop_id.0).await.map_err(unavailable)?;
    let known = known.ok_or_else(|| ActionRefused::Unknown(format!("shop {} is unknown", shop_id.0)))?;
    if active.is_none() && hand_driven_progress::is_reset(&db, shop_id.0).await.map_err(unavailable)? {
        let detail = "the shop has no progress, no run and no waiting rows".to_owned();
        let code = "nothing_to_reset".to_owned();
        return Err(ActionRefused::Conflict(Conflict { code, detail }));
    }
    record(&db, by, "reset", shop_id, None, json!({ "progress": known.progress })).await?;
    hand_driven_progress::reset(&db, shop_id.0).await.map_err(unavailable)?;
    if let Some(generation) = active {
        object.cancel(generation, format!("reset by {by}")).await.map_err(unavailable)?;
    }
    Ok(())
}

async fn check<'h, H: Host>(
    host: &'h H,
    db: &impl Db,
    run: RunId,
    verb: RunAction,
    by: &str,
) -> Result<(ShopObject<'h, H>, RunState), ActionRefused> {
    let object = ShopObject::new(host, run.shop);
    let before = match object.may(run.generation, verb).await.map_err(unavailable)? {
        Ok(state) => state,
        Err(conflict) => {
            let row = runs::get(db, run.shop.0, run.generation.0).await.map_err(unavailable)?;
            let Some(row) = row else { return Err(ActionRefused::Unknown(format!("there is no run {run}"))) };
            // The object no longer has an older run, but how it ended is known.
            let ended = conflict.code == "not_the_newest" && row.status != "running";
            return Err(ActionRefused::Conflict(if ended {
                let detail = format!("the run is over ({}), and {}", row.status, conflict.detail);
                Conflict { code: "run_ended".to_owned(), detail }
            } else {
                conflict
            }));
        }
    };
    let action = serde_json::to_value(verb).map_err(unavailable)?;
    let action = action.as_str().unwrap_or("verb").to_owned();
    record(db, by, &action, run.shop, Some(run.to_string()), json!({ "state": before })).await?;
    Ok((object, before))
}

async fn record(
    db: &impl Db,
    by: &str,
    action: &str,
    shop_id: ShopId,
    subject: Option<String>,
    before: Value,
) -> Result<(), ActionRefused> {
    let entry = AuditEntry {
        actor: by.to_owned(),
        action: action.to_owned(),
        shop_id: Some(shop_id.0),
        subject,
        before,
        after: json!({ "requested": action }),
    };
    audit::record(db, &entry).await.map_err(unavailable)
}
