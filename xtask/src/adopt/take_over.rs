//! The take-over itself: checks, the text of what is replaced, migrations. Tokens stay as they are.

use super::{ask, check, contract::FUNCTIONS_VERSION, guard, report::Report, way_back};
use crate::migrate;
use anyhow::Result;
use std::path::Path;

/// What a take-over has done.
#[derive(Debug)]
pub struct Adopted {
    /// What the check has found before. If something must be mended, nothing was done.
    pub report: Report,
    /// The migrations that were applied.
    pub applied: Vec<String>,
    /// The file with the way back was written.
    pub way_back: bool,
}

/// Takes an installation over, unless something must be mended first. Repeating it is harmless.
///
/// # Errors
/// Old cron jobs are active; the file with the way back is there; a migration fails.
pub async fn take_over(url: &str, way_back: &Path) -> Result<Adopted> {
    let db = ask::connect_to_look(url).await?;
    let (report, pending) = check::look(&db).await?;
    if report.to_mend() > 0 || pending.is_empty() {
        return Ok(Adopted { report, applied: Vec::new(), way_back: false });
    }
    guard::jobs_off(&db).await?;
    let replaces = pending.contains(&FUNCTIONS_VERSION);
    if replaces {
        way_back::write(&db, way_back).await?;
    }
    // Migrations must not wait for the locks of this transaction.
    db.0.batch_execute("ROLLBACK").await?;
    let applied = migrate::up(url, |notice| eprintln!("  {notice}")).await?;
    Ok(Adopted { report, applied, way_back: replaces })
}
