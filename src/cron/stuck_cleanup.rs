//! ads-sync-stuck-cleanup: finds runs that have shown no progress for 30 minutes and wakes their objects, a bounded
//! number of times; then fails them with the reason.

use crate::adapter::{log, object::ShopObject};
use serde_json::{Value, json};
use store::{
    Db, queue,
    stuck::{self, Stuck},
};
use sync_core::{Generation, ShopId};
use worker::Env;

/// Silence after which a run counts as stuck, in minutes.
const SILENT_MINUTES: i32 = 30;
/// Runs looked at in one tick.
const BATCH: i32 = 100;
/// Times that a run is woken before it is given up.
const WAKES_MAX: i32 = 3;

/// Looks after stuck runs and orphaned queue rows.
pub async fn run(db: &impl Db, env: &Env) -> Result<Value, String> {
    let stuck = stuck::candidates(db, SILENT_MINUTES, BATCH).await.map_err(|error| error.to_string())?;
    let mut failures = Vec::new();
    for run in &stuck {
        if let Err(error) = look_after(db, env, run).await {
            failures.push(format!("shop {}: {error}", run.shop_id));
        }
    }
    let rows = queue::cleanup_stuck(db).await.map_err(|error| error.to_string())?;
    match failures.first() {
        None => Ok(json!({ "stuck": stuck.len(), "rows": rows })),
        Some(first) => Err(format!("{} of {} stuck runs: {first}", failures.len(), stuck.len())),
    }
}

async fn look_after(db: &impl Db, env: &Env, run: &Stuck) -> Result<(), String> {
    let object = ShopObject::new(env, ShopId(run.shop_id));
    let view = object.wake().await?;
    let known = view.get("generation").and_then(Value::as_i64) == Some(run.generation);
    let reason = match (known, run.redrive_count) {
        (true, count) if count <= WAKES_MAX => return Ok(()),
        (true, count) => format!("no progress for {SILENT_MINUTES} minutes, {count} times in a row"),
        (false, _) => "nothing works on this run any more".to_owned(),
    };
    log::error(
        "run_given_up",
        json!({ "shop": run.shop_id, "generation": run.generation, "reason": reason }),
    );
    if known {
        object.cancel(Generation(run.generation), reason.clone()).await?;
    }
    stuck::give_up(db, run.shop_id, run.generation, &reason).await.map_err(|error| error.to_string())?;
    Ok(())
}
