//! What must hold before something is changed.

use super::{ask, cron_jobs, migrations};
use crate::migrate;
use anyhow::{Context, Result, bail, ensure};
use store::{Param, Postgres};

/// Any number: the lock is taken in both databases only to see whether they are one.
const LOCK: i64 = 5_128_404_519;

/// No cron job calls the incumbent: migrations replace its functions, and it cannot read sealed tokens.
pub(super) async fn jobs_off(db: &Postgres) -> Result<()> {
    let jobs = cron_jobs::active(db).await?;
    if jobs.is_empty() {
        return Ok(());
    }
    let statements: Vec<_> = jobs.iter().map(|job| job.switch(false)).collect();
    bail!(
        "old cron jobs are active in this database, and the incumbent and the Worker must not both be at work. Switch \
         them off, and let what they have begun end:\n{}",
        statements.join("\n")
    )
}

/// All migrations have been applied.
pub(super) async fn migrated(db: &Postgres) -> Result<()> {
    let (section, pending) = migrations::check(db).await?;
    ensure!(pending.is_empty(), "apply the migrations first, with cargo xtask adopt\n{section}");
    Ok(())
}

/// The incumbent works on this database: nothing of ours has ever been applied.
pub(super) async fn incumbents(db: &Postgres) -> Result<()> {
    let (_, pending) = migrations::check(db).await?;
    ensure!(
        pending.len() == migrate::all()?.len(),
        "the first address must lead to the database that the incumbent works on, and this one has been taken over (after \
         a way back: DROP TABLE refinery_schema_history)"
    );
    Ok(())
}

/// A run that waits makes no call; one that has given no sign for so long has lost its Worker.
const AT_WORK: &str = "
    SELECT to_jsonb(count(*))::text FROM apishopee_ads_sync_progress
    WHERE generation > 0 AND run_kind IS DISTINCT FROM 'manual'
      AND sync_stage IN ('syncing_campaigns', 'syncing_performance') AND updated_at > now() - interval '15 minutes'";

/// The Worker syncs no shop: it may be refreshing a token, whose pair must find the row as it was.
pub(super) async fn worker_idle(db: &Postgres) -> Result<()> {
    let shops: i64 = ask::one(db, AT_WORK, &[]).await?;
    ensure!(
        shops == 0,
        "shops that the Worker is syncing: {shops}; it may be refreshing a token just now: deploy it with crons = [], and \
         wait until their runs have ended"
    );
    Ok(())
}

const TAKE: &str = "SELECT to_jsonb(pg_try_advisory_xact_lock($1))::text";

/// The databases are two. `old` must be in a transaction.
pub(super) async fn two_databases(old: &Postgres, new: &Postgres) -> Result<()> {
    let lock = [Param::I64(LOCK)];
    ensure!(
        ask::one::<bool>(old, TAKE, &lock).await?,
        "another of these commands is at work in the old database"
    );
    let other = ask::one::<bool>(new, TAKE, &lock).await.context("the database of --with")?;
    ensure!(
        other,
        "both addresses lead to the same database; --with takes the copy that the Worker writes to"
    );
    Ok(())
}
