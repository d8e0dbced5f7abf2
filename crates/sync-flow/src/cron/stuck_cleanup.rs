//! ads-sync-stuck-cleanup: finds runs that have shown no progress for 30 minutes, wakes their objects a limited number
//! of times, then fails them with the reason. A run that waits for a known time is not stuck: it is woken too, since
//! its alarm may be lost or its wait over, but never given up for waiting.

use crate::error::FlowError;
use crate::{
    consumer::dead_letter,
    host::{Host, Level},
    object_client::ShopObject,
};
use compact::json;
use serde_json::Value;
use store::{
    Db, queue, runs, shops, stale_data,
    stuck::{self, Orphan, Stuck},
};
use sync_core::{Generation, RESET, ShopId};

/// Time without progress after which a run counts as stuck, in minutes.
const SILENT_MINUTES: i32 = 30;
/// Runs checked in one tick.
const BATCH: i32 = 100;
/// Wakes before a run is given up.
const WAKES_MAX: i32 = 3;

/// Handles stuck runs, orphaned runs and orphaned queue rows.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    let stuck = stuck::candidates(db, SILENT_MINUTES, BATCH).await?;
    let mut failures = Vec::new();
    for run in &stuck {
        if let Err(error) = look_after(db, host, run).await {
            failures.push(format!("shop {}: {error}", run.shop_id));
        }
    }
    let orphans = stuck::orphans(db, SILENT_MINUTES, BATCH).await?;
    for run in &orphans {
        if let Err(error) = close(db, host, run).await {
            failures.push(format!("shop {}: {error}", run.shop_id));
        }
    }
    let rows = queue::cleanup_stuck(db).await?;
    let watched = stale_data::watch(db).await?;
    dead_letter::settle(db).await?;
    let consents = shops::watch_consents(db).await?;
    match failures.first() {
        None => Ok(json!({ "stuck": stuck.len(), "orphans": orphans.len(), "rows": rows,
                            "stale": watched.stale, "consents_ending": consents })),
        Some(first) => Err(FlowError::Parts {
            failed: failures.len(),
            all: stuck.len() + orphans.len(),
            parts: "runs",
            first: first.clone(),
        }),
    }
}

async fn look_after(db: &impl Db, host: &impl Host, run: &Stuck) -> Result<(), FlowError> {
    let object = ShopObject::new(host, ShopId(run.shop_id));
    let view = object.wake().await?;
    let known = view.is_some_and(|view| view.generation.0 == run.generation);
    let reason = match (known, run.redrive_count) {
        (true, count) if run.waits || count <= WAKES_MAX => return Ok(()),
        (true, count) => format!("no progress for {SILENT_MINUTES} minutes, {count} times in a row"),
        (false, _) => "nothing works on this run any more".to_owned(),
    };
    let fields = json!({ "shop": run.shop_id, "generation": run.generation, "reason": reason });
    host.log(Level::Error, "run_given_up", fields);
    if known {
        object.cancel(Generation(run.generation), reason.clone()).await?;
    }
    stuck::give_up(db, run.shop_id, run.generation, &reason).await?;
    Ok(())
}

/// Closes a run without a progress row: the object is told to cancel it, and the run is recorded as cancelled in any
/// case.
async fn close(db: &impl Db, host: &impl Host, run: &Orphan) -> Result<(), FlowError> {
    ShopObject::new(host, ShopId(run.shop_id)).cancel(Generation(run.generation), RESET.to_owned()).await?;
    runs::cancel(db, run.shop_id, run.generation, RESET, None).await.map_err(Into::into)
}
