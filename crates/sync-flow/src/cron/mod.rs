//! The seven schedules: expression → job.
//!
//! A cron is a tick, not an order: each job reads from the database what is due, so the next tick makes up for a
//! skipped one, and a doubled tick does nothing.

mod alert_sinks;
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
use store::cron_ticks;

/// One schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CronJob {
    QueueProcessor,
    StuckCleanup,
    EnqueueSyncs,
    EnqueueBackfills,
    BudgetScheduler,
    QueueCleanup,
    AlertSinks,
}

/// One line of the table of schedules.
struct Schedule {
    /// As in wrangler.toml. All times are UTC.
    cron: &'static str,
    /// As operators know it.
    name: &'static str,
    period_minutes: i64,
    job: CronJob,
}

const fn every(period_minutes: i64, cron: &'static str, name: &'static str, job: CronJob) -> Schedule {
    Schedule { cron, name, period_minutes, job }
}

const SCHEDULES: [Schedule; 7] = [
    every(5, "*/5 * * * *", "ads-sync-queue-processor-chunked", CronJob::QueueProcessor),
    every(10, "*/10 * * * *", "ads-sync-stuck-cleanup", CronJob::StuckCleanup),
    every(15, "*/15 * * * *", "ads-sync-job", CronJob::EnqueueSyncs),
    every(24 * 60, "0 19 * * *", "ads-backfill-job", CronJob::EnqueueBackfills),
    every(30, "0,30 * * * *", "ads-budget-scheduler", CronJob::BudgetScheduler),
    every(24 * 60, "0 2 * * *", "ads-sync-queue-cleanup", CronJob::QueueCleanup),
    every(1, "* * * * *", "ads-alert-sinks", CronJob::AlertSinks),
];

/// The name of each schedule, and the minutes between two of its ticks.
pub fn periods() -> impl Iterator<Item = (&'static str, i64)> {
    SCHEDULES.iter().map(|schedule| (schedule.name, schedule.period_minutes))
}

/// Runs the job for an expression.
///
/// # Errors
/// The job failed, so that the platform shows the tick as failed.
pub async fn run(host: &impl Host, expression: &str) -> Result<(), FlowError> {
    let Some(Schedule { name, job, .. }) = SCHEDULES.iter().find(|schedule| schedule.cron == expression)
    else {
        let message = format!("no job has the schedule '{expression}'");
        host.log(Level::Error, "cron", json!({ "cron": expression, "error": message }));
        return Err(FlowError::Invalid(message));
    };
    let started_ms = host.now_ms();
    let result = execute(*job, name, host).await;
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

async fn execute(job: CronJob, name: &str, host: &impl Host) -> Result<Value, FlowError> {
    let db = host.db().await?;
    let result = match job {
        CronJob::QueueProcessor => queue_processor::tick(&db, host).await,
        CronJob::StuckCleanup => stuck_cleanup::run(&db, host).await,
        CronJob::EnqueueSyncs => sync_job::run(&db).await,
        CronJob::EnqueueBackfills => backfill_job::run(&db).await,
        CronJob::BudgetScheduler => budget_scheduler::run(&db, host).await,
        CronJob::QueueCleanup => queue_cleanup::run(&db, host).await,
        CronJob::AlertSinks => alert_sinks::run(&db, host).await,
    };
    let failure = result.as_ref().err().map(ToString::to_string);
    // The work is done, whether or not it is noted.
    if let Err(error) = cron_ticks::record(&db, name, failure.as_deref()).await {
        host.log(Level::Warn, "tick_not_recorded", json!({ "cron": name, "error": error.to_string() }));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_what_wrangler_schedules() {
        let config = include_str!("../../../../wrangler.toml");
        let line = config.lines().find_map(|line| line.strip_prefix("crons = ")).unwrap();
        let scheduled: Vec<String> = serde_json::from_str(line).unwrap();
        let known: Vec<&str> = SCHEDULES.iter().map(|schedule| schedule.cron).collect();
        assert_eq!(scheduled, known);
    }

    #[test]
    fn a_period_is_what_the_expression_says() {
        let minutes = |cron: &str| match cron.split(' ').collect::<Vec<_>>()[..] {
            ["*", "*", "*", "*", "*"] => 1,
            [minute, "*", "*", "*", "*"] => match minute.strip_prefix("*/") {
                Some(step) => step.parse().unwrap(),
                None => 60 / minute.split(',').count() as i64,
            },
            [_, _, "*", "*", "*"] => 24 * 60,
            _ => panic!("{cron}"),
        };
        for schedule in SCHEDULES {
            assert_eq!(schedule.period_minutes, minutes(schedule.cron), "{}", schedule.name);
        }
    }
}
