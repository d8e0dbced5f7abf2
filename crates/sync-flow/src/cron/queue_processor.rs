//! ads-sync-queue-processor-chunked: hands out due rows of the queue table to the consumers, and requests a look at
//! shops whose budgets have been changed.
//!
//! Postgres holds both the line of jobs and the shops at work. A tick keeps looking at both while jobs stand in line: a
//! run that ends leaves its place to the next. Nothing can be lost or multiply: a tick that dies is followed by the
//! next one, and two ticks at once hand out no row twice.

use super::budget_scheduler;
use crate::error::FlowError;
use crate::host::{Host, Level};
use api::queue::Processed;
use compact::json;
use serde_json::Value;
use store::{
    Db,
    queue::{self, Room},
    settings,
};
use sync_core::{
    CLAIM_SECONDS, INTAKE_BUSY_PAUSE_MS, INTAKE_MS_MAX, INTAKE_PAUSE_MS, PLACES_DEFAULT, ShopId,
    StartMessage, WaitReason,
};

/// The result of one look at the line.
struct Look {
    handed_out: usize,
    waiting: i64,
}

/// Runs a tick: sends the messages for changed budgets, and hands out jobs until the line is empty or the time is up.
///
/// # Errors
/// Postgres or the queue failed at the first look; a later failed look is made up for by the next one.
pub async fn tick(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    let until_ms = host.now_ms().saturating_add(INTAKE_MS_MAX);
    let mut last = look(db, host).await?;
    let budgets = budget_scheduler::run_changed(db, host).await?;
    let (mut claimed, mut looks) = (last.handed_out, 1);
    while last.waiting > 0 && host.now_ms().saturating_add(INTAKE_PAUSE_MS) < until_ms {
        let pause_ms = if last.handed_out > 0 { INTAKE_BUSY_PAUSE_MS } else { INTAKE_PAUSE_MS };
        host.sleep_ms(pause_ms).await;
        looks += 1;
        match look(db, host).await {
            Ok(look) => {
                claimed += look.handed_out;
                last = look;
            }
            Err(error) => host.log(Level::Warn, "intake_failed", json!({ "error": error })),
        }
    }
    Ok(json!({ "claimed": claimed, "looks": looks, "waiting": last.waiting, "budgets": budgets }))
}

/// Like [`tick`], but with one look, for callers that wait for an answer.
///
/// # Errors
/// Postgres or the queue failed.
pub async fn once(db: &impl Db, host: &impl Host) -> Result<Processed, FlowError> {
    let look = look(db, host).await?;
    let budgets = budget_scheduler::run_changed(db, host).await?;
    Ok(Processed { claimed: look.handed_out, waiting: look.waiting, budgets })
}

/// Claims due rows and sends a start message for each.
///
/// A row is claimed before its message is sent: if sending fails, the claim expires and a later tick takes the row
/// again.
async fn look(db: &impl Db, host: &impl Host) -> Result<Look, FlowError> {
    let settings = settings::deployment(db).await?;
    let places = settings.queue_batch.and_then(|batch| i32::try_from(batch).ok()).unwrap_or(PLACES_DEFAULT);
    let room = Room { jobs: places, places, own_waits: &WaitReason::OF_THE_SHOP.map(WaitReason::text) };
    let claimed = queue::claim_due(db, room, CLAIM_SECONDS).await?;
    let asked_at_ms = host.now_ms();
    let messages: Vec<StartMessage> = claimed
        .jobs
        .into_iter()
        .map(|job| StartMessage::new(ShopId(job.shop_id), job.id, asked_at_ms))
        .collect();
    if !messages.is_empty() {
        host.send_start(&messages).await?;
    }
    Ok(Look { handed_out: messages.len(), waiting: claimed.waiting })
}
