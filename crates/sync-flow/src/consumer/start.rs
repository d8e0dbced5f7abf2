//! Handles a start message: begins the job's run and lists its campaigns.
//!
//! Replay: beginning finds the job's existing run; the listing continues at the first page that was not reported.

use super::Disposition;
use crate::{
    error::FlowError,
    host::{Host, Level},
    invocation::Invocation,
    sync::{
        begin::{self, Started},
        listing,
    },
};
use compact::json;
use store::queue::{self, Job};
use sync_core::{BeginReply, StartMessage};

/// How long the consumer keeps asking whether an active run is still wanted, or has ended, in milliseconds; Postgres
/// answers within a second or so. A message that sends itself again would multiply with every copy that the queue makes
/// of it.
const PATIENCE_MS: i64 = 10_000;
/// Wait before it asks again, in milliseconds.
const ASK_AGAIN_MS: i64 = 500;
/// Time after which a job that waits for a run of another kind is checked again, in seconds.
const BUSY_SECONDS: i32 = 60;

/// Handles one message.
pub async fn handle<H: Host>(invocation: &Invocation<'_, H>, message: &StartMessage) -> Disposition {
    match run(invocation, message).await {
        Ok(()) => Disposition::Ack,
        Err(error) => Disposition::Retry(error.to_string()),
    }
}

async fn run<H: Host>(invocation: &Invocation<'_, H>, message: &StartMessage) -> Result<(), FlowError> {
    let Some(job) = queue::job(&invocation.db, &message.job_id).await? else {
        invocation.host.log(
            Level::Info,
            "start_dropped",
            json!({ "shop": message.shop_id, "reason": "its queue row is gone" }),
        );
        return Ok(());
    };
    if job.status != "processing" {
        invocation.host.log(
            Level::Info,
            "start_dropped",
            json!({ "shop": message.shop_id, "reason": "its queue row is not claimed" }),
        );
        return Ok(());
    }
    let until_ms = invocation.host.now_ms().saturating_add(PATIENCE_MS);
    let mut started = begin::job(invocation, &job, message.asked_at_ms).await?;
    while passes(&started) && invocation.host.now_ms() < until_ms {
        invocation.host.sleep_ms(ASK_AGAIN_MS).await;
        started = begin::job(invocation, &job, message.asked_at_ms).await?;
    }
    match started {
        Started::Active { shop, generation } => Ok(listing::list(invocation, &shop, generation).await?),
        Started::Behind { reply } => behind(invocation, &job, reply).await,
        Started::Refused { field, message: reason } => {
            invocation.host.log(
                Level::Warn,
                "job_refused",
                json!({ "shop": job.shop_id, "job": job.id, "field": field, "reason": reason }),
            );
            Ok(())
        }
    }
}

/// Whether the obstacle will be gone soon, unless Postgres does not answer.
fn passes(started: &Started) -> bool {
    matches!(started, Started::Behind { reply: BeginReply::Verifying { .. } | BeginReply::Closing { .. } })
}

async fn behind<H: Host>(
    invocation: &Invocation<'_, H>,
    job: &Job,
    reply: BeginReply,
) -> Result<(), FlowError> {
    match reply {
        BeginReply::Busy { .. } | BeginReply::Verifying { .. } | BeginReply::Closing { .. } => {
            let reason = format!("waits for run {}-{}", job.shop_id, reply.generation().0);
            Ok(queue::release_job(&invocation.db, &job.id, BUSY_SECONDS, &reason).await?)
        }
        // A joined job ends with the run; the other one's run has ended.
        BeginReply::Joined { .. } | BeginReply::Over { .. } => Ok(()),
        BeginReply::Begun { .. } | BeginReply::Resumed { .. } | BeginReply::Refused { .. } => Ok(()),
    }
}
