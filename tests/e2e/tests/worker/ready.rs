//! Whether the Worker can work.

use anyhow::{Result, ensure};
use e2e::{World, run_apart};
use xtask::stack::Front;

async fn until_ready(world: &World, status: u16) -> Result<()> {
    let what = format!("/readyz to answer {status}");
    world.eventually(&what, || async { Ok(world.get("/readyz").await?.status == status) }).await
}

#[test]
fn a_table_that_is_missing_is_told_with_what_to_do() {
    run_apart(Front::Worker, |world| async move {
        until_ready(&world, 200).await?;
        world.db.execute("ALTER TABLE apishopee_ads_alerts RENAME TO elsewhere", &[]).await?;
        until_ready(&world, 503).await?;
        let body = world.get("/readyz").await?.refused(503, "not_migrated")?;
        ensure!(body.to_string().contains("cargo xtask migrate"), "{body}");
        world.db.execute("ALTER TABLE elsewhere RENAME TO apishopee_ads_alerts", &[]).await?;
        until_ready(&world, 200).await
    });
}
