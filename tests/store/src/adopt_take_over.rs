//! The take-over, and the way back.

use crate::adopt::{CRON, STATE, incumbent};
use anyhow::Result;
use std::fs;
use xtask::adopt::{check, take_over};

#[tokio::test]
async fn a_take_over_keeps_every_row_and_can_be_repeated() -> Result<()> {
    let (database, folder) = incumbent().await?;
    let way_back = folder.path().join("way-back.sql");
    database.sql("CREATE SCHEMA before").await?;
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    let tables = database.sql(tables).await?;
    for table in tables.lines() {
        database.sql(&format!("CREATE TABLE before.{table} AS TABLE public.{table}")).await?;
    }
    let adopted = take_over(&database.url()?, &way_back).await?;
    assert!(adopted.wrote_rollback_script && adopted.applied.len() > 10);
    for table in tables.lines() {
        let columns = format!(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
             WHERE attrelid = 'before.{table}'::regclass AND attnum > 0"
        );
        let columns = database.sql(&columns).await?;
        let lost =
            format!("SELECT {columns} FROM before.{table} EXCEPT ALL SELECT {columns} FROM public.{table}");
        assert_eq!(database.sql(&lost).await?, "", "{table}");
        let more =
            format!("SELECT {columns} FROM public.{table} EXCEPT ALL SELECT {columns} FROM before.{table}");
        assert_eq!(database.sql(&more).await?, "", "{table}");
    }
    let after = database.sql(STATE).await?;
    // Nothing is left to do, so the file that is there does not matter either.
    let again = take_over(&database.url()?, &way_back).await?;
    assert!(
        again.applied.is_empty() && !again.wrote_rollback_script && again.report.blockers() == 0,
        "{}",
        again.report
    );
    assert_eq!(database.sql(STATE).await?, after);
    database.remove().await
}

#[tokio::test]
async fn the_way_back_brings_the_incumbents_functions_and_view_again() -> Result<()> {
    let (database, folder) = incumbent().await?;
    database.sql(CRON).await?;
    database.sql("UPDATE cron.job SET active = false WHERE jobid <> 6").await?;
    let way_back = folder.path().join("way-back.sql");
    let texts =
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND p.proname NOT LIKE 'ads\\_%' AND p.proname <> 'cleanup_old_sync_data'
        UNION ALL SELECT pg_get_viewdef('v_ads_sync_progress_status'::regclass) ORDER BY 1";
    let before = database.sql(texts).await?;
    take_over(&database.url()?, &way_back).await?;
    let ours = database.sql(texts).await?;
    assert_ne!(ours, before);
    let sql = fs::read_to_string(&way_back)?;
    database.sql(&sql).await?;
    assert_eq!(database.sql(texts).await?, before);
    assert!(sql.contains("-- SELECT cron.alter_job(job_id := 3, active := true);"), "{sql}");
    // To come again, the migrations have to be applied again; the first file is not overwritten.
    let report = check(&database.url()?).await?;
    assert!(
        report.blockers() > 0 && report.to_string().contains("DROP TABLE refinery_schema_history"),
        "{report}"
    );
    database.sql("DROP TABLE refinery_schema_history").await?;
    let error = take_over(&database.url()?, &way_back).await.unwrap_err();
    assert!(format!("{error:#}").contains("--way-back"), "{error:#}");
    assert_eq!(fs::read_to_string(&way_back)?, sql);
    take_over(&database.url()?, &folder.path().join("another.sql")).await?;
    assert_eq!(database.sql(texts).await?, ours);
    assert_eq!(check(&database.url()?).await?.blockers(), 0);
    database.remove().await
}

#[tokio::test]
async fn while_old_cron_jobs_are_active_nothing_is_migrated() -> Result<()> {
    let (database, folder) = incumbent().await?;
    database.sql(CRON).await?;
    let way_back = folder.path().join("way-back.sql");
    let error = take_over(&database.url()?, &way_back).await.unwrap_err().to_string();
    for expected in ["SELECT cron.alter_job(job_id := 3, active := false);", "job_id := 4"] {
        assert!(error.contains(expected), "{error}");
    }
    assert!(!error.contains("job_id := 5") && !error.contains("job_id := 6"), "{error}");
    assert!(!way_back.exists());
    for statement in error.lines().filter(|line| line.starts_with("SELECT")) {
        database.sql(statement).await?;
    }
    assert!(!take_over(&database.url()?, &way_back).await?.applied.is_empty());
    database.remove().await
}
