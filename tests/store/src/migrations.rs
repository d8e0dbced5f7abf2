//! The migrations, on an empty database and on one that was in use before.

use crate::{
    samples::claim,
    setup::{Database, Via},
};
use anyhow::{Context, Result};
use std::{env, fs, path::Path};
use store::{DbError, Postgres, health, shops};
use tokio_postgres::NoTls;

const INCUMBENT: &str = include_str!("../fixtures/incumbent.sql");

/// Everything of the schema that somebody may rely on.
const CATALOG: &str = "
    SELECT line FROM (
      SELECT 1 AS part, format('%s %s.%s %s%s%s', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, c.relname,
        a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,
        ' default ' || pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
        AND c.relname <> 'refinery_schema_history'
      UNION ALL
      SELECT 2, format('check %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
      WHERE contype = 'c' AND connamespace = 'public'::regnamespace
      UNION ALL
      SELECT 3, replace(indexdef, 'public.', '') FROM pg_indexes
      WHERE schemaname = 'public' AND tablename <> 'refinery_schema_history'
      UNION ALL
      SELECT 4, format('function %s(%s) returns %s', proname, pg_get_function_arguments(oid),
        pg_get_function_result(oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS catalog ORDER BY part, line COLLATE \"C\"";

#[tokio::test]
async fn the_catalog_of_an_empty_database_is_as_recorded() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    let found = database.sql(CATALOG).await? + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/catalog.txt");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, &found)?;
    }
    let recorded = fs::read_to_string(&file).context("UPDATE_SNAPSHOTS=1 writes it")?;
    let missing: Vec<_> = recorded.lines().filter(|line| !found.lines().any(|l| l == *line)).collect();
    let added: Vec<_> = found.lines().filter(|line| !recorded.lines().any(|l| l == *line)).collect();
    assert!(missing.is_empty() && added.is_empty(), "missing: {missing:#?}, new: {added:#?}");
    database.remove().await
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    let applied = database.migrate().await?;
    let catalog = database.sql(CATALOG).await?;
    assert!(applied > 0);
    assert_eq!(database.migrate().await?, 0);
    let newest = xtask::migrate::all()?.iter().map(refinery::Migration::version).max();
    let schema = health::schema(&database.db).await?;
    assert_eq!((Some(schema.version), schema.missing), (newest, vec![]));
    assert_eq!(Some(health::VERSION), newest, "the release knows its newest migration");
    // The statements themselves can be repeated too.
    database.sql("DROP TABLE refinery_schema_history").await?;
    assert_eq!(database.migrate().await?, applied);
    assert_eq!(database.sql(CATALOG).await?, catalog);
    database.remove().await
}

#[tokio::test]
async fn what_is_missing_is_told() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    let tables = database
        .sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname")
        .await?;
    for table in tables.lines() {
        let session = database.session().await?;
        session.batch_execute(&format!("BEGIN; DROP TABLE {table} CASCADE")).await?;
        let seen = health::schema(&Postgres(session)).await;
        match table {
            "refinery_schema_history" => assert!(seen.err().context("seen")?.is_missing()),
            _ => assert_eq!(seen?.missing, [table]),
        }
    }
    database.sql("DROP FUNCTION ads_intact").await?;
    assert!(health::schema(&database.db).await.err().context("no checksum is compared")?.is_missing());
    database.remove().await
}

#[tokio::test]
async fn two_who_migrate_at_once_take_turns() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    let url = database.url()?;
    let up = || xtask::migrate::up(&url, |_| ());
    let (one, two) = tokio::join!(up(), up());
    let mut applied = [one?.len(), two?.len()];
    applied.sort_unstable();
    assert_eq!(applied, [0, xtask::migrate::all()?.len()]);
    database.remove().await
}

#[tokio::test]
async fn a_refused_connection_tells_the_servers_reason_and_no_password() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    let url = database.url()?;
    let password = url.split([':', '@']).nth(2).context("no password")?.to_owned();
    let wrong_password = url.replace(&format!(":{password}@"), ":hush-hush@");
    let missing = format!("{}_missing", url);
    for (url, reason) in [(&wrong_password, "password authentication failed"), (&missing, "does not exist")] {
        let error = format!("{:#}", xtask::migrate::open(url).await.err().context("let in")?);
        assert!(
            error.contains(reason) && !error.contains("hush-hush") && !error.contains(&password),
            "{error}"
        );
        let error = tokio_postgres::connect(url, NoTls).await.err().context("let in")?;
        let error = DbError::from(&error).to_string();
        assert!(error.contains(reason) && error.contains("SQLSTATE"), "{error}");
        assert!(!error.contains("hush-hush") && !error.contains(&password), "{error}");
    }
    database.remove().await
}

#[tokio::test]
async fn no_row_of_an_installation_in_use_is_lost_or_changed() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(INCUMBENT).await?;
    let tables = database
        .sql("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
        .await?;
    database.sql("CREATE SCHEMA before").await?;
    for table in tables.lines() {
        database.sql(&format!("CREATE TABLE before.{table} AS TABLE public.{table}")).await?;
    }
    database.migrate().await?;
    for table in tables.lines() {
        let columns = database
            .sql(&format!(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
                 WHERE attrelid = 'before.{table}'::regclass AND attnum > 0"
            ))
            .await?;
        let (old, new) = (
            format!("SELECT {columns} FROM before.{table}"),
            format!("SELECT {columns} FROM public.{table}"),
        );
        let differences = format!(
            "SELECT count(*) FROM (({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})) AS difference"
        );
        assert_eq!(database.sql(&differences).await?, "0", "{table}");
    }
    assert_eq!(tables.lines().count(), 7);
    database.remove().await
}

#[tokio::test]
async fn an_installation_in_use_gets_everything_it_lacks() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(INCUMBENT).await?;
    database.migrate().await?;
    let fresh = Database::migrated(Via::Direct).await?;
    let columns = "SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY 1";
    let has = database.sql(columns).await?;
    // The key of this table is the shop.
    let keys = ["apishopee_shops.id", "apishopee_ads_sync_status.id"];
    for column in fresh.sql(columns).await?.lines().filter(|column| !keys.contains(column)) {
        assert!(has.lines().any(|line| line == column), "{column} is missing");
    }
    assert!(
        has.contains("apishopee_shops.shop_logo") && has.contains("apishopee_ads_campaign_data.user_note")
    );
    let functions = "SELECT oid::regprocedure || ' ' || pg_get_function_result(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace ORDER BY 1";
    assert_eq!(database.sql(functions).await?, fresh.sql(functions).await?);
    // Its own key serves, in whatever order; where it has none, one is made.
    let unique = "SELECT count(*) FROM pg_index WHERE indisunique AND indrelid = '{}'::regclass";
    assert_eq!(database.sql(&unique.replace("{}", "apishopee_ads_campaign_data")).await?, "2");
    assert_eq!(database.sql(&unique.replace("{}", "apishopee_scheduled_ads_budget")).await?, "2");
    // Also a column that a view of its own shows is wide enough for any ratio.
    let precision = "SELECT numeric_precision FROM information_schema.columns
        WHERE table_name = 'apishopee_ads_performance_daily' AND column_name IN ('acos', 'roas') ORDER BY column_name";
    assert_eq!(database.sql(precision).await?, "24\n24");
    database.remove().await?;
    fresh.remove().await
}

#[tokio::test]
async fn rows_of_an_installation_in_use_are_read() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(INCUMBENT).await?;
    database.migrate().await?;
    let jobs = claim(&database.db, 10, 60).await?;
    let seen: Vec<_> = jobs.iter().map(|job| (job.shop_id, job.sync_type.as_str(), job.priority)).collect();
    assert_eq!(seen, [(532963124, "weekly", 99), (23426918, "backfill_day", -4), (0, "", 0)]);
    let summaries = shops::list(&database.db, 0, 10).await?;
    assert_eq!(summaries.iter().map(|shop| shop.shop_id).collect::<Vec<_>>(), [7, 23426918, 532963124]);
    let progress = summaries[2].progress.as_ref().context("progress")?;
    assert_eq!((progress.synced_campaigns, progress.generation), (700, 0));
    assert_eq!(summaries[2].sync.as_ref().context("status")?.last_sync_at_ms, None, "infinity is no time");
    database.remove().await
}
