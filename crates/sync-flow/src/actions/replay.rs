//! Replays a dead letter: only a message that can still have an effect goes back into its queue.

use crate::error::FlowError;
use crate::{host::Host, object_client::ShopObject, queues::Queue};
use api::dead_letter::DeadLetter;
use compact::json;
use store::{
    Db,
    audit::{self, AuditEntry},
    dead_letters, queue, shops,
};
use sync_core::{BudgetMessage, CLAIM_SECONDS, ChunkMessage, RunId, StartMessage};

/// Why a dead letter was not replayed. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayRefused {
    /// No dead letter has this id.
    Unknown,
    /// The message would have no effect.
    Conflict {
        /// A stable code: `already_replayed`, `unreadable`, `run_ended`, `chunk_ended`, `job_ended`, `job_gone`,
        /// `shop_gone`.
        code: &'static str,
        /// The reason, for people.
        detail: String,
    },
    /// A required part does not answer. Repeating the request is safe.
    Unavailable(String),
}

fn unavailable(error: impl ToString) -> ReplayRefused {
    ReplayRefused::Unavailable(error.to_string())
}

fn conflict<T>(code: &'static str, detail: impl Into<String>) -> Result<T, ReplayRefused> {
    Err(ReplayRefused::Conflict { code, detail: detail.into() })
}

/// Puts a dead letter back into its queue, once. `by` names the caller.
///
/// # Errors
/// It was not replayed.
pub async fn replay(host: &impl Host, id: &str, by: &str) -> Result<(), ReplayRefused> {
    let db = host.db().await.map_err(unavailable)?;
    let letter = dead_letters::get(&db, id).await.map_err(unavailable)?.ok_or(ReplayRefused::Unknown)?;
    if letter.replayed_at_ms.is_some() {
        return conflict("already_replayed", "it was replayed before");
    }
    let Some(queue) = Queue::named(&letter.queue) else {
        return conflict("unreadable", format!("there is no queue '{}'", letter.queue));
    };
    let job = match queue {
        Queue::Chunk => {
            check_chunk(host, &letter).await?;
            None
        }
        Queue::Start => Some(check_start(&db, &letter).await?),
        Queue::Budget => {
            check_budget(&db, &letter).await?;
            None
        }
    };
    if !dead_letters::mark_replayed(&db, id, by).await.map_err(unavailable)? {
        return conflict("already_replayed", "somebody else has replayed it just now");
    }
    let entry = AuditEntry {
        actor: by.to_owned(),
        action: "replay".to_owned(),
        shop_id: None,
        subject: Some(id.to_owned()),
        before: json!({ "queue": letter.queue, "reason": letter.reason }),
        after: json!({ "requested": "replay" }),
    };
    let sent = match audit::record(&db, &entry).await {
        Ok(()) => match job {
            Some(job) => start(&db, host, &job).await,
            None => host.send_raw(queue, &letter.body).await,
        },
        Err(error) => Err(error.into()),
    };
    if let Err(error) = sent {
        dead_letters::unmark_replayed(&db, id).await.map_err(unavailable)?;
        return Err(unavailable(error));
    }
    Ok(())
}

async fn check_chunk(host: &impl Host, letter: &DeadLetter) -> Result<(), ReplayRefused> {
    let message: ChunkMessage = match letter.body.parse() {
        Ok(message) => message,
        Err(error) => return conflict("unreadable", format!("the body cannot be read: {error}")),
    };
    let run = RunId { shop: message.shop_id, generation: message.generation };
    let view = ShopObject::new(host, message.shop_id).view().await.map_err(unavailable)?;
    let Some(view) = view.filter(|view| view.active && view.generation == message.generation) else {
        return conflict("run_ended", format!("the run {run} is over"));
    };
    let Some(chunk) = view.chunks.iter().find(|chunk| chunk.key == message.key()) else {
        return conflict("chunk_ended", format!("the run {run} has no chunk {}", message.key()));
    };
    if chunk.state.state != "queued" || chunk.attempt.saturating_add(1) != message.attempt {
        let detail =
            format!("chunk {} of the run {run} does not wait for this message any more", message.key());
        return conflict("chunk_ended", detail);
    }
    Ok(())
}

/// Claims the job out of turn: a row back in line has no claim, and the consumer would not start it.
async fn start(db: &impl Db, host: &impl Host, job: &StartMessage) -> Result<(), FlowError> {
    queue::claim_job(db, &job.job_id, CLAIM_SECONDS).await?;
    host.send_start(&[StartMessage::new(job.shop_id, job.job_id.clone(), host.now_ms())]).await
}

async fn check_start(db: &impl Db, letter: &DeadLetter) -> Result<StartMessage, ReplayRefused> {
    let message: StartMessage = match letter.body.parse() {
        Ok(message) => message,
        Err(error) => return conflict("unreadable", format!("the body cannot be read: {error}")),
    };
    match queue::job(db, &message.job_id).await.map_err(unavailable)? {
        None => conflict("job_gone", "the queue row of this message is gone"),
        Some(job) if matches!(job.status.as_str(), "pending" | "processing") => Ok(message),
        Some(job) => conflict("job_ended", format!("the queue row of this message is {}", job.status)),
    }
}

/// Checks a budget message: it requests a look at its shop, which is useful at any time.
async fn check_budget(db: &impl Db, letter: &DeadLetter) -> Result<(), ReplayRefused> {
    let message: BudgetMessage = match letter.body.parse() {
        Ok(message) => message,
        Err(error) => return conflict("unreadable", format!("the body cannot be read: {error}")),
    };
    match shops::load(db, message.shop_id.0).await.map_err(unavailable)? {
        Some(_) => Ok(()),
        None => conflict("shop_gone", format!("shop {} is not in the database any more", message.shop_id.0)),
    }
}
