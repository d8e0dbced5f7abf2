//! Preconditions of commands that change a database.

use super::{cron_jobs, migrations, query};
use crate::migrate;
use anyhow::{Context, Result, bail, ensure};
use store::{Param, Postgres};

/// An arbitrary number: the lock is taken in both databases to find out whether they are the same.
const LOCK: i64 = 5_128_404_519;

/// No cron job calls the incumbent: migrations replace its functions, and it cannot read encrypted tokens.
pub(super) async fn cron_jobs_inactive(db: &Postgres) -> Result<()> {
    let jobs = cron_jobs::active(db).await?;
    if jobs.is_empty() {
        return Ok(());
    }
    let statements: Vec<_> = jobs.iter().map(|job| job.switch_sql(false)).collect();
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

/// The incumbent uses this database: no migration has ever been applied.
pub(super) async fn never_migrated(db: &Postgres) -> Result<()> {
    let (_, pending) = migrations::check(db).await?;
    ensure!(
        pending.len() == migrate::all()?.len(),
        "the first address must lead to the database that the incumbent works on, and this one has been taken over (after \
         a way back: DROP TABLE refinery_schema_history)"
    );
    Ok(())
}

/// A waiting run makes no calls, and one silent for this long has lost its Worker.
const ACTIVE_RUNS: &str = "
    SELECT to_jsonb(count(*))::text FROM apishopee_ads_sync_progress
    WHERE generation > 0 AND run_kind IS DISTINCT FROM 'manual'
      AND sync_stage IN ('syncing_campaigns', 'syncing_performance') AND updated_at > now() - interval '15 minutes'";

/// The Worker syncs no shop: it might be refreshing a token, and must find the row unchanged when it stores the new pair.
pub(super) async fn worker_idle(db: &Postgres) -> Result<()> {
    let shops: i64 = query::one(db, ACTIVE_RUNS, &[]).await?;
    ensure!(
        shops == 0,
        "shops that the Worker is syncing: {shops}; it may be refreshing a token just now: deploy it with crons = [], and \
         wait until their runs have ended"
    );
    Ok(())
}

const TRY_LOCK: &str = "SELECT to_jsonb(pg_try_advisory_xact_lock($1))::text";

/// The two databases are distinct. `old` must be in a transaction.
pub(super) async fn distinct_databases(old: &Postgres, new: &Postgres) -> Result<()> {
    let lock = [Param::I64(LOCK)];
    ensure!(
        query::one::<bool>(old, TRY_LOCK, &lock).await?,
        "another of these commands is at work in the old database"
    );
    let other = query::one::<bool>(new, TRY_LOCK, &lock).await.context("the database of --with")?;
    ensure!(
        other,
        "both addresses lead to the same database; --with takes the copy that the Worker writes to"
    );
    Ok(())
}
