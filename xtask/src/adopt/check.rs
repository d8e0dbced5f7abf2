//! Whether an installation can be taken over. Changes nothing: the server is told to refuse any write.

use super::{
    ask,
    catalog::Catalog,
    columns, cron_jobs, habits, keys, looser, migrations, own, queue, replaced,
    report::{Report, Section},
    schedules, server, shops,
};
use anyhow::Result;
use store::Postgres;

/// Looks at everything.
///
/// # Errors
/// The address is wrong, the server does not answer, or a question fails.
pub async fn check(url: &str) -> Result<Report> {
    Ok(look(&ask::connect_to_look(url).await?).await?.0)
}

/// As [`check`]; answers with the versions of the migrations that are to come too.
pub(super) async fn look(db: &Postgres) -> Result<(Report, Vec<i32>)> {
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
        keys::check(db, &catalog).await?,
        looser::check(db, &catalog).await?,
        replaced::check(db, &catalog, &pending).await?,
        own::check(db, &catalog).await?,
        shops::check(db, &catalog).await?,
        queue::check(db, &catalog).await?,
        schedules::check(db, &catalog).await?,
        habits::check(db, &catalog).await?,
        cron_jobs::check(db).await?,
    ];
    Ok((Report { sections }, pending))
}

fn no_installation() -> Section {
    let mut section = Section::new("Installation");
    section.mend(
        "there is no table apishopee_shops here, so there is nothing to take over",
        "check the name of the database; for a new installation: cargo xtask migrate",
    );
    section
}
