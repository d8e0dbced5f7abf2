//! The six schedules: expression → job.
//!
//! A cron is a tick, not an order: each job reads from the database what is due, so the next tick makes up for a
//! skipped one, and a doubled tick does nothing.

mod backfill_job;
pub mod budget_scheduler;
mod queue_cleanup;
pub mod queue_processor;
mod reseal;
mod stuck_cleanup;
mod sync_job;

use crate::error::FlowError;
use crate::host::{Host, Level};
use compact::json;
use serde_json::Value;

/// One schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CronJob {
    QueueProcessor,
    StuckCleanup,
    EnqueueSyncs,
    EnqueueBackfills,
    BudgetScheduler,
    QueueCleanup,
}

/// Expression as in wrangler.toml, name as operators know it, and job. All times are UTC.
const SCHEDULES: [(&str, &str, CronJob); 6] = [
    ("*/5 * * * *", "ads-sync-queue-processor-chunked", CronJob::QueueProcessor),
    ("*/10 * * * *", "ads-sync-stuck-cleanup", CronJob::StuckCleanup),
    ("*/15 * * * *", "ads-sync-job", CronJob::EnqueueSyncs),
    ("0 19 * * *", "ads-backfill-job", CronJob::EnqueueBackfills),
    ("0,30 * * * *", "ads-budget-scheduler", CronJob::BudgetScheduler),
    ("0 2 * * *", "ads-sync-queue-cleanup", CronJob::QueueCleanup),
];

/// Runs the job for an expression.
///
/// # Errors
/// The job failed, so that the platform shows the tick as failed.
pub async fn run(host: &impl Host, expression: &str) -> Result<(), FlowError> {
    let Some((_, name, job)) = SCHEDULES.iter().find(|(cron, _, _)| *cron == expression) else {
        let message = format!("no job has the schedule '{expression}'");
        host.log(Level::Error, "cron", json!({ "cron": expression, "error": message }));
        return Err(FlowError::Invalid(message));
    };
    let started_ms = host.now_ms();
    let result = execute(*job, host).await;
    let duration_ms = host.now_ms() - started_ms;
    match result {
        Ok(done) => {
            host.log(Level::Info, "cron", json!({ "cron": name, "duration_ms": duration_ms, "done": done }));
            Ok(())
        }
        Err(error) => {
            host.log(
                Level::Error,
                "cron",
                json!({ "cron": name, "duration_ms": duration_ms, "class": error.class(), "error": error }),
            );
            Err(FlowError::Platform(format!("{name}: {error}")))
        }
    }
}

async fn execute(job: CronJob, host: &impl Host) -> Result<Value, FlowError> {
    let db = host.db().await?;
    match job {
        CronJob::QueueProcessor => queue_processor::tick(&db, host).await,
        CronJob::StuckCleanup => stuck_cleanup::run(&db, host).await,
        CronJob::EnqueueSyncs => sync_job::run(&db).await,
        CronJob::EnqueueBackfills => backfill_job::run(&db).await,
        CronJob::BudgetScheduler => budget_scheduler::run(&db, host).await,
        CronJob::QueueCleanup => queue_cleanup::run(&db, host).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_wrangler_schedules() {
        let config = include_str!("../../../../wrangler.toml");
        let line = config.lines().find_map(|line| line.strip_prefix("crons = ")).unwrap();
        let scheduled: Vec<String> = serde_json::from_str(line).unwrap();
        let known: Vec<&str> = SCHEDULES.iter().map(|(cron, _, _)| *cron).collect();
        assert_eq!(scheduled, known);
    }
}
