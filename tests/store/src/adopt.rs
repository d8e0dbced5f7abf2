//! `cargo xtask adopt` on a database as an older installation has it.

use crate::setup::{Database, Via};
use anyhow::{Context, Result};
use std::{env, fs, path::Path};
use xtask::adopt::{check, report::Report, take_over};

pub const INCUMBENT: &str = include_str!("../fixtures/incumbent.sql");

/// Jobs as pg_cron holds them: two of the incumbent's, one of them under another name, one that is off, one of others.
pub const CRON: &str = "
    CREATE SCHEMA cron;
    CREATE TABLE cron.job (jobid bigint, schedule text, command text, nodename text, nodeport int, database text,
      username text, active boolean, jobname text);
    INSERT INTO cron.job (jobid, schedule, command, active, jobname) VALUES
      (3, '*/5 * * * *', 'SELECT process_sync_queue_with_chunks(5)', true, 'ads-sync-queue-processor-chunked'),
      (4, '*/15 * * * *', $$SELECT net.http_post(url := 'https://example.test/functions/v1/apishopee-ads-sync',
        headers := '{\"Authorization\": \"Bearer hush\"}')$$, true, 'my sync'),
      (5, '0 2 * * *', 'SELECT cleanup_old_sync_queue()', false, 'ads-sync-queue-cleanup'),
      (6, '0 3 * * *', 'VACUUM', true, 'nightly');
    -- As the extension has it, which the real table is not needed for.
    CREATE FUNCTION cron.alter_job(job_id bigint, active boolean) RETURNS void LANGUAGE sql
    AS 'UPDATE cron.job SET active = $2 WHERE jobid = $1'";

/// Everything that may not change unseen: the schema, and a digest of each table's rows.
pub const STATE: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
      SELECT format('%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) AS line
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      WHERE c.relnamespace = 'public'::regnamespace
      UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
      UNION ALL SELECT relname || query_to_xml(format(
        'SELECT md5(string_agg(t::text, ''|'' ORDER BY t::text)) FROM %I AS t', relname), true, false, '')::text
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    ) AS state";

/// A database of the incumbent's, and a folder for the way back.
pub async fn incumbent() -> Result<(Database, tempfile::TempDir)> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(INCUMBENT).await?;
    Ok((database, tempfile::tempdir()?))
}

/// The report without the server, which differs from machine to machine.
fn text(mut report: Report) -> String {
    report.sections.retain(|section| section.title != "Server");
    format!("{report}\n")
}

#[tokio::test]
async fn a_check_lists_every_difference_and_changes_nothing() -> Result<()> {
    let (direct, _folder) = incumbent().await?;
    direct.sql(CRON).await?;
    let before = direct.sql(STATE).await?;
    let report = check(&direct.url()?).await?;
    assert_eq!(report.blockers(), 0, "{report}");
    let found = text(report);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/adoption.txt");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, &found)?;
    }
    assert_eq!(found, fs::read_to_string(&file).context("UPDATE_SNAPSHOTS=1 writes it")?);
    for secret in ["token-1", "refresh-1", "hush"] {
        assert!(!found.contains(secret));
    }
    assert_eq!(direct.sql(STATE).await?, before);
    // Behind a pooler it finds the same.
    let pooled = Database { name: direct.name.clone(), via: Via::Pooler, db: direct.another().await? };
    assert_eq!(text(check(&pooled.url()?).await?), found);
    direct.remove().await
}

#[tokio::test]
async fn what_would_break_must_be_mended_first() -> Result<()> {
    let (database, folder) = incumbent().await?;
    let obstacles = "
        ALTER TABLE apishopee_ads_sync_queue ALTER COLUMN sync_params TYPE JSON USING sync_params::json;
        ALTER TABLE apishopee_shops ALTER COLUMN access_token TYPE VARCHAR(40), ADD COLUMN market_id INT NOT NULL DEFAULT 1;
        ALTER TABLE apishopee_shops ALTER COLUMN market_id DROP DEFAULT;
        ALTER TABLE apishopee_ads_performance_daily DROP CONSTRAINT
          apishopee_ads_performance_dai_shop_id_campaign_id_performan_key;
        INSERT INTO apishopee_ads_performance_daily (shop_id, campaign_id, performance_date)
        SELECT 532963124, 4000000001, DATE '2026-01-01';
        ALTER TABLE apishopee_ads_sync_progress DROP CONSTRAINT apishopee_ads_sync_progress_pkey;
        CREATE VIEW dashboard AS SELECT * FROM v_ads_sync_progress_status;
        CREATE TABLE apishopee_ads_alerts (what TEXT)";
    database.sql(obstacles).await?;
    let before = database.sql(STATE).await?;
    let adopted = take_over(&database.url()?, &folder.path().join("way-back.sql")).await?;
    let report = adopted.report.to_string();
    for expected in [
        "✘ apishopee_ads_sync_queue.sync_params is json, ours is jsonb",
        "✘ apishopee_shops.access_token is character varying(40), ours is text",
        "✘ apishopee_shops.market_id must have a value",
        "✘ apishopee_ads_performance_daily (shop_id, campaign_id, performance_date) cannot be unique: 1 keys",
        "✘ apishopee_ads_sync_progress (shop_id) has no unique index, and no migration makes one",
        "✘ dashboard is built on v_ads_sync_progress_status",
        "✘ apishopee_ads_alerts is not ours",
        "mend the 7 lines with '✘' first",
    ] {
        assert!(report.contains(expected), "{expected}\n{report}");
    }
    assert!(adopted.applied.is_empty());
    assert_eq!(database.sql(STATE).await?, before);
    // The remedies that it gives are enough.
    database.sql("DROP VIEW dashboard").await?;
    for remedy in report.lines().filter(|line| line.trim().ends_with(';')) {
        let (_, sql) =
            remedy.split_once(": ").filter(|(said, _)| !said.contains("UPDATE")).unwrap_or(("", remedy));
        database.sql(sql).await?;
    }
    let adopted = take_over(&database.url()?, &folder.path().join("way-back.sql")).await?;
    assert_eq!(adopted.report.blockers(), 0, "{}", adopted.report);
    assert!(!adopted.applied.is_empty());
    database.remove().await
}

#[tokio::test]
async fn a_database_or_an_address_that_is_wrong_is_told() -> Result<()> {
    for url in ["", "localhost", "https://example.test/hush", "postgres://user:hush@host:notaport/x"] {
        let error = format!("{:#}", check(url).await.unwrap_err());
        assert!(error.contains("must look like postgres://user:password@host:port/database"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
    let gone = format!("{:#}", check("postgres://user:hush@127.0.0.1:1/x").await.unwrap_err());
    assert!(gone.contains("does not answer") && !gone.contains("hush"), "{gone}");
    let empty = Database::empty(Via::Direct).await?;
    let report = check(&empty.url()?).await?;
    assert_eq!(report.blockers(), 1);
    assert!(report.to_string().contains("nothing to take over"), "{report}");
    empty.remove().await
}
