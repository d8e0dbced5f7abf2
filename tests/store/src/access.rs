//! What a web API's public key opens: nothing of ours, on a server whose default privileges open whatever is made.

use crate::setup::{Database, Via, run};
use anyhow::{Context, Result, ensure};

/// The default privileges that a hosted Postgres with a web API comes with.
pub const WEB: &str = "
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
    GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, ads_test_reader;";

/// Something that a role may try with each of our tables, views, sequences and functions.
pub const TRIES: &str = "
    SELECT name, statement FROM (
      SELECT c.relname AS name, format(form, c.relname, (SELECT quote_ident(max(attname)) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND attidentity = '' AND NOT attisdropped)) AS statement
      FROM pg_class c, unnest(ARRAY['SELECT FROM %1$I', 'INSERT INTO %1$I DEFAULT VALUES',
        'UPDATE %1$I SET %2$s = NULL', 'DELETE FROM %1$I', 'TRUNCATE %1$I']) AS form
      WHERE c.relnamespace = 'public'::regnamespace AND (c.relkind = 'r' OR c.relkind = 'v' AND form LIKE 'SELECT%')
      UNION ALL
      SELECT relname, format('SELECT nextval(%L)', relname) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
      UNION ALL
      SELECT proname, format('SELECT %I(%s)', proname,
        (SELECT string_agg(format('NULL::%s', format_type(t, NULL)), ', ') FROM unnest(proargtypes) t))
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype AND NOT proisstrict
    ) AS tries ORDER BY name, statement";

/// Functions that may be executed: those that nothing is done with for NULL, and those of triggers, among them.
pub const EXECUTABLE: &str = "
    SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND (has_function_privilege('anon', oid, 'EXECUTE') OR has_function_privilege('authenticated', oid, 'EXECUTE'))";

/// What is not as it must be, whoever may use it.
pub const LOOSE: &str = "
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (
      relkind = 'r' AND NOT relrowsecurity OR relkind = 'v' AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}')))
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM unnest(proconfig) s WHERE s LIKE 'search_path=%' AND s NOT LIKE '%$user%')";

/// Tries everything as a role, with what has one of these names. Answers with what was not refused for want of rights.
pub async fn open_to(
    database: &Database,
    role: &str,
    is_tried: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    let tries = database.sql(TRIES).await?;
    let session = database.session().await?;
    let mut open = Vec::new();
    ensure!(tries.lines().count() > 120, "too little is tried: {tries}");
    for (name, statement) in tries.lines().filter_map(|line| line.split_once('|')) {
        if !is_tried(name) {
            continue;
        }
        session.batch_execute(&format!("BEGIN; SET LOCAL ROLE {role}")).await?;
        let refused = session.batch_execute(statement).await.err();
        let code = refused.as_ref().and_then(|error| error.code()).map(|code| code.code().to_owned());
        if code.as_deref() != Some("42501") {
            open.push(format!("{statement}: {}", code.unwrap_or_else(|| "done".to_owned())));
        }
        session.batch_execute("ROLLBACK").await?;
    }
    Ok(open)
}

#[tokio::test]
async fn nothing_is_open_to_a_public_key() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(WEB).await?;
    database.migrate().await?;
    for role in ["anon", "authenticated"] {
        assert_eq!(open_to(&database, role, |_| true).await?, Vec::<String>::new(), "{role}");
    }
    assert_eq!(database.sql(EXECUTABLE).await?, "");
    assert_eq!(database.sql(LOOSE).await?, "", "a migration that makes something ends with ads_close_access");
    // The installation's own roles are not shut out.
    let open = open_to(&database, "service_role", |_| true).await?;
    assert_eq!(open.len(), database.sql(TRIES).await?.lines().count());
    // Whoever opens all tables once more has not opened their rows.
    let insert = "INSERT INTO apishopee_shops (shop_id) VALUES (1); GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, service_role";
    database.sql(insert).await?;
    let shops = "SELECT count(*) FROM apishopee_shops";
    assert_eq!(database.sql(&format!("SET ROLE anon; {shops}; RESET ROLE")).await?, "0");
    assert_eq!(database.sql(&format!("SET ROLE service_role; {shops}; RESET ROLE")).await?, "1");
    database.remove().await
}

#[tokio::test]
async fn what_an_installation_has_granted_or_hardened_stays() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(WEB).await?;
    database.sql(include_str!("../fixtures/incumbent.sql")).await?;
    // A page that reads its own shops' campaigns, one that reads the schedules, a report, and a table that was closed already.
    let own = "
        ALTER TABLE apishopee_ads_campaign_data ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_shop ON apishopee_ads_campaign_data TO authenticated USING (shop_id = 532963124);
        REVOKE ALL ON apishopee_scheduled_ads_budget FROM authenticated;
        GRANT SELECT ON apishopee_scheduled_ads_budget TO authenticated;
        GRANT SELECT ON apishopee_ads_performance_daily TO ads_test_reader;
        GRANT SELECT ON v_ads_sync_progress_status TO ads_test_reader;
        REVOKE ALL ON FUNCTION cleanup_old_sync_queue() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION cleanup_old_sync_queue() TO ads_test_reader;
        REVOKE ALL ON apishopee_ads_sync_status FROM authenticated;
        ALTER TABLE apishopee_ads_sync_status ENABLE ROW LEVEL SECURITY";
    database.sql(own).await?;
    xtask::migrate::up(&database.url()?, |_| ()).await?;
    let can =
        |role: &str, table: &str| format!("SET ROLE {role}; SELECT count(*) > 0 FROM {table}; RESET ROLE");
    let rows = async |role: &str, table: &str| {
        let session = database.session().await?;
        match session.batch_execute(&can(role, table)).await {
            Ok(()) => run(&session, &can(role, table)).await,
            Err(error) => Ok(error.code().context("no answer")?.code().to_owned()),
        }
    };
    assert_eq!(rows("authenticated", "apishopee_ads_campaign_data").await?, "t");
    assert_eq!(rows("authenticated", "apishopee_ads_campaign_data WHERE shop_id <> 532963124").await?, "f");
    assert_eq!(rows("anon", "apishopee_ads_campaign_data").await?, "f", "no policy lets it in");
    assert_eq!(rows("authenticated", "apishopee_scheduled_ads_budget").await?, "t");
    assert_eq!(rows("anon", "apishopee_scheduled_ads_budget").await?, "42501");
    assert_eq!(rows("ads_test_reader", "apishopee_ads_performance_daily").await?, "t");
    // What was dropped and made anew is granted again.
    assert_eq!(rows("ads_test_reader", "v_ads_sync_progress_status").await?, "t");
    assert_eq!(
        rows("ads_test_reader", "cleanup_old_sync_queue()").await?,
        "42501",
        "it may call, and not delete"
    );
    let may = "SELECT has_function_privilege('ads_test_reader', 'cleanup_old_sync_queue()', 'EXECUTE')";
    assert_eq!(database.sql(may).await?, "t");
    for table in ["apishopee_shops", "apishopee_ads_performance_daily", "apishopee_ads_sync_status"] {
        assert_eq!(rows("authenticated", table).await?, "42501", "{table}");
    }
    // Who may change a row still may, with all that the change sets off.
    let change =
        "SET ROLE authenticated; UPDATE apishopee_ads_campaign_data SET user_note = 'mine', status = 'paused'
        WHERE campaign_id = 4000000001; RESET ROLE";
    database.sql(change).await?;
    let changed = "SELECT status FROM apishopee_ads_campaign_data WHERE campaign_id = 4000000001";
    assert_eq!(database.sql(changed).await?, "paused");
    // Once more changes nothing of it.
    database.sql("DROP TABLE refinery_schema_history").await?;
    database.migrate().await?;
    assert_eq!(rows("authenticated", "apishopee_ads_campaign_data").await?, "t");
    assert_eq!(rows("authenticated", "apishopee_scheduled_ads_budget").await?, "t");
    assert_eq!(rows("ads_test_reader", "apishopee_ads_performance_daily").await?, "t");
    database.remove().await
}

#[tokio::test]
async fn a_reader_of_a_view_alone_keeps_it() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    database.sql(WEB).await?;
    // As an installation has it that was migrated before anything was closed.
    let before = "ALTER VIEW v_ads_freshness RESET (security_invoker); GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC;
        INSERT INTO apishopee_shops (shop_id) VALUES (1); GRANT SELECT ON v_ads_freshness TO ads_test_reader";
    database.sql(before).await?;
    let names = "SELECT ads_close_access(ARRAY(SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace))";
    database.sql(names).await?;
    let read = "SET ROLE ads_test_reader; SELECT count(*) FROM v_ads_freshness; RESET ROLE";
    assert_eq!(database.sql(read).await?, "1");
    assert!(
        database.refusal("SET ROLE ads_test_reader; SELECT FROM apishopee_shops").await?.contains("denied")
    );
    database.sql("RESET ROLE").await?;
    assert_eq!(
        database.sql("SELECT has_function_privilege('anon', 'ads_unix_ms(timestamptz)', 'EXECUTE')").await?,
        "f"
    );
    database.remove().await
}
