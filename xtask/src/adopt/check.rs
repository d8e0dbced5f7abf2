//! Checks whether an installation can be taken over. Runs in a read-only transaction.

use super::{
    behaviour_changes,
    catalog::Catalog,
    columns, cron_jobs, custom_objects, migrations, missing_constraints, query, queue, replaced_objects,
    report::{Report, Section},
    schedules, server, shops, unique_keys,
};
use anyhow::Result;
use store::Postgres;

/// Runs all checks.
///
/// # Errors
/// The URL is invalid, the server does not respond, or a query fails.
pub async fn check(url: &str) -> Result<Report> {
    Ok(inspect(&query::connect_read_only(url).await?).await?.0)
}

/// As [`check`]; also returns the versions of the pending migrations.
pub(super) async fn inspect(db: &Postgres) -> Result<(Report, Vec<i32>)> {
    let catalog = Catalog::read(db).await?;
    let (migrations, pending) = migrations::check(db).await?;
    if !catalog.has("apishopee_shops") {
        let sections = vec![server::check(db).await?, no_installation()];
        return Ok((Report { sections }, pending));
    }
    let sections = vec![
        server::check(db).await?,
        server::owners(&catalog),
        migrations,
        columns::check(db, &catalog, &pending).await?,
        unique_keys::check(db, &catalog).await?,
        missing_constraints::check(db, &catalog).await?,
        replaced_objects::check(db, &catalog, &pending).await?,
        custom_objects::check(db, &catalog).await?,
        shops::check(db, &catalog).await?,
        queue::check(db, &catalog).await?,
        schedules::check(db, &catalog).await?,
        behaviour_changes::check(db, &catalog).await?,
        cron_jobs::check(db).await?,
    ];
    Ok((Report { sections }, pending))
}

fn no_installation() -> Section {
    let mut section = Section::new("Installation");
    section.block(
        "there is no table apishopee_shops here, so there is nothing to take over",
        "check the name of the database; for a new installation: cargo xtask migrate",
    );
    section
}
