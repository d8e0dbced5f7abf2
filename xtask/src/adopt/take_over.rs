//! The take-over: checks, the rollback script, migrations. Tokens are left unchanged.

use super::{
    check, expected_schema::FUNCTIONS_VERSION, preconditions, query, report::Report, rollback_script,
};
use crate::migrate;
use anyhow::Result;
use std::path::Path;

/// The result of a take-over.
#[derive(Debug)]
pub struct Adopted {
    /// The report of the preceding check. If it has blockers, nothing was changed.
    pub report: Report,
    /// The migrations that were applied.
    pub applied: Vec<String>,
    /// The rollback script was written.
    pub wrote_rollback_script: bool,
}

/// Takes an installation over unless the check finds blockers. Safe to repeat.
///
/// # Errors
/// Old cron jobs are active; the rollback script's file exists; a migration fails.
pub async fn take_over(url: &str, rollback_file: &Path) -> Result<Adopted> {
    let db = query::connect_read_only(url).await?;
    let (report, pending) = check::inspect(&db).await?;
    if report.blockers() > 0 || pending.is_empty() {
        return Ok(Adopted { report, applied: Vec::new(), wrote_rollback_script: false });
    }
    preconditions::cron_jobs_inactive(&db).await?;
    let replaces = pending.contains(&FUNCTIONS_VERSION);
    if replaces {
        rollback_script::write(&db, rollback_file).await?;
    }
    // Release this transaction's locks, which migrations would wait for.
    db.0.batch_execute("ROLLBACK").await?;
    let applied = migrate::up(url, |notice| eprintln!("  {notice}")).await?;
    Ok(Adopted { report, applied, wrote_rollback_script: replaces })
}
