//! What a web API's public key opens of an older installation, which has closed a part of it by itself: nothing of ours, and
//! what it has closed or granted stays so.

use crate::{
    access::{EXECUTABLE, LOOSE, WEB, open_to},
    adopt::INCUMBENT,
    setup::{Database, Via, run},
};
use anyhow::{Context, Result};
use std::{cell::RefCell, collections::BTreeSet};

/// Row security with and without the grants of the default privileges beside it, views with their reader's rights, functions that
/// nobody else may call or redirect, and a reader of the installation's own who may do a little of it.
const OWN: &str = "
    ALTER TABLE apishopee_shops ENABLE ROW LEVEL SECURITY;
    REVOKE ALL ON apishopee_shops FROM anon, authenticated;
    ALTER TABLE apishopee_ads_sync_status ENABLE ROW LEVEL SECURITY;
    ALTER TABLE apishopee_ads_campaign_data ENABLE ROW LEVEL SECURITY;
    CREATE POLICY of_the_report ON apishopee_ads_campaign_data FOR SELECT TO ads_test_reader USING (campaign_id <= 4000000010);
    ALTER VIEW v_ads_sync_progress_status SET (security_invoker = true);
    ALTER VIEW own_report SET (security_invoker = true);
    REVOKE ALL ON own_report FROM anon, authenticated;
    ALTER FUNCTION cleanup_old_sync_queue() SET search_path = pg_catalog, pg_temp;
    REVOKE ALL ON FUNCTION cleanup_old_sync_queue() FROM PUBLIC, anon, authenticated;
    CREATE FUNCTION own_total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
      AS 'SELECT count(*) FROM public.apishopee_ads_campaign_data';
    REVOKE ALL ON FUNCTION own_total() FROM PUBLIC, anon, authenticated;
    GRANT SELECT ON apishopee_ads_campaign_data, apishopee_ads_performance_daily, apishopee_ads_sync_progress,
      v_ads_sync_progress_status, own_report TO ads_test_reader;
    GRANT SELECT (shop_id, shop_name) ON apishopee_shops TO ads_test_reader;
    GRANT UPDATE (user_note) ON apishopee_ads_campaign_data TO ads_test_reader;
    GRANT EXECUTE ON FUNCTION cleanup_old_sync_queue(), own_total() TO ads_test_reader";

/// Tables of ours that were closed before, with grants of the default privileges on them.
const CLOSED_BEFORE: [&str; 2] = ["apishopee_ads_campaign_data", "apishopee_ads_sync_status"];

/// Names of all tables, views and functions.
const NAMES: &str = "
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
    UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace";

/// What the installation has decided: row security, policies, settings, and its reader's grants on tables and columns.
const DECIDED: &str = "
    SELECT line FROM (
      SELECT format('%s %s', relname, relrowsecurity) AS line FROM pg_class
      WHERE relname IN ('apishopee_shops', 'apishopee_ads_campaign_data', 'apishopee_ads_sync_status')
      UNION ALL SELECT format('%s %s %s', polrelid::regclass, polname, pg_get_expr(polqual, polrelid)) FROM pg_policy
      WHERE polrelid IN ('apishopee_shops'::regclass, 'apishopee_ads_campaign_data'::regclass, 'apishopee_ads_sync_status'::regclass)
      UNION ALL SELECT format('%s %s', relname, reloptions) FROM pg_class
      WHERE relname IN ('own_report', 'v_ads_sync_progress_status')
      UNION ALL SELECT format('%s %s %s', proname, proconfig, proacl) FROM pg_proc WHERE proname = 'own_total'
      UNION ALL SELECT format('%s %s', c.relname, a.privilege_type) FROM pg_class c, aclexplode(c.relacl) a
      WHERE a.grantee = 'ads_test_reader'::regrole
      UNION ALL SELECT format('%s %s %s', t.attrelid::regclass, t.attname, a.privilege_type)
      FROM pg_attribute t, aclexplode(t.attacl) a WHERE a.grantee = 'ads_test_reader'::regrole
      UNION ALL SELECT format('own_report %s', relacl) FROM pg_class WHERE relname = 'own_report'
    ) AS decided ORDER BY line";

/// Privileges that somebody with a public key has on tables, views, columns or sequences.
const HELD: &str = "
    SELECT format('%s %s', c.relname, r.role) FROM pg_class c, unnest(ARRAY['anon', 'authenticated']) AS r (role)
    WHERE c.relnamespace = 'public'::regnamespace AND CASE c.relkind
      WHEN 'S' THEN has_sequence_privilege(role, c.oid, 'USAGE, SELECT, UPDATE')
      WHEN 'r' THEN has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
      WHEN 'v' THEN has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
    ORDER BY 1";

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

async fn adopted() -> Result<(Database, Vec<String>)> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(WEB).await?;
    database.sql(INCUMBENT).await?;
    database.sql(OWN).await?;
    TOLD.with_borrow_mut(Vec::clear);
    let tell = |notice: &str| TOLD.with_borrow_mut(|told| told.push(notice.to_owned()));
    xtask::migrate::up(&database.url()?, tell).await?;
    Ok((database, TOLD.take()))
}

/// What is ours, as a database has it that was empty before.
async fn ours() -> Result<BTreeSet<String>> {
    let fresh = Database::migrated(Via::Direct).await?;
    let names = fresh.sql(NAMES).await?;
    fresh.remove().await?;
    Ok(names.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn nothing_of_an_older_installation_is_open_to_a_public_key() -> Result<()> {
    let (database, _) = adopted().await?;
    let ours = ours().await?;
    let is_tried = |name: &str| ours.contains(name) && !CLOSED_BEFORE.contains(&name);
    for role in ["anon", "authenticated"] {
        assert_eq!(open_to(&database, role, is_tried).await?, Vec::<String>::new(), "{role}");
    }
    let held = database.sql(HELD).await?;
    let others: Vec<_> = held.lines().filter(|line| line.split(' ').next().is_some_and(is_tried)).collect();
    assert_eq!(others, Vec::<&str>::new());
    assert_eq!(database.sql(EXECUTABLE).await?, "");
    assert_eq!(database.sql(LOOSE).await?, "");
    // Where the grants stay, row security decides: no row is seen, changed, deleted or made.
    let session = database.session().await?;
    for (role, table) in
        ["anon", "authenticated"].into_iter().flat_map(|role| CLOSED_BEFORE.map(|table| (role, table)))
    {
        session.batch_execute(&format!("BEGIN; SET LOCAL ROLE {role}")).await?;
        let counts = [
            format!("SELECT count(*) FROM {table}"),
            format!("WITH x AS (UPDATE {table} SET shop_id = shop_id RETURNING 1) SELECT count(*) FROM x"),
            format!("WITH x AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM x"),
        ];
        for sql in counts {
            assert_eq!(run(&session, &sql).await?, "0", "{role}: {sql}");
        }
        let insert = if table == CLOSED_BEFORE[0] {
            format!("INSERT INTO {table} (shop_id, campaign_id) VALUES (7, 1)")
        } else {
            format!("INSERT INTO {table} (shop_id) VALUES (8)")
        };
        let refused = session.batch_execute(&insert).await.err().context("a row was made")?;
        assert_eq!(refused.code().map(|code| code.code()), Some("42501"), "{role}: {refused:?}");
        session.batch_execute("ROLLBACK").await?;
    }
    database.remove().await
}

#[tokio::test]
async fn what_an_older_installation_has_closed_or_granted_is_as_it_was() -> Result<()> {
    let before = Database::empty(Via::Direct).await?;
    for sql in [WEB, INCUMBENT, OWN] {
        before.sql(sql).await?;
    }
    let decided = before.sql(DECIDED).await?;
    assert!(
        decided.contains("v_ads_sync_progress_status {security_invoker=true}")
            && decided.contains("user_note"),
        "{decided}"
    );
    before.remove().await?;
    let (database, _) = adopted().await?;
    for round in ["once", "again"] {
        assert_eq!(database.sql(DECIDED).await?, decided, "{round}");
        let path = "SELECT proconfig FROM pg_proc WHERE proname = 'cleanup_old_sync_queue'";
        assert!(database.sql(path).await?.contains("search_path="), "{round}");
        let may = "SELECT has_function_privilege('ads_test_reader', 'cleanup_old_sync_queue()', 'EXECUTE')";
        assert_eq!(database.sql(may).await?, "t", "{round}");
        // What the reader could do works, within the bounds that were set.
        for (sql, expected) in [
            ("SELECT count(*) FROM apishopee_ads_campaign_data", "10"),
            ("SELECT count(*) FROM apishopee_ads_performance_daily", "50"),
            ("SELECT count(*) FROM own_report", "50"),
            ("SELECT count(*) FROM v_ads_sync_progress_status", "2"),
            ("SELECT count(shop_name) FROM v_ads_sync_progress_status", "0"),
            ("SELECT own_total()", "335"),
        ] {
            assert_eq!(
                database.sql(&format!("SET ROLE ads_test_reader; {sql}; RESET ROLE")).await?,
                expected,
                "{round}: {sql}"
            );
        }
        for sql in
            ["SELECT access_token FROM apishopee_shops", "UPDATE apishopee_ads_campaign_data SET name = ''"]
        {
            let refused = database.refusal(&format!("SET ROLE ads_test_reader; {sql}")).await?;
            assert!(refused.contains("permission denied"), "{round}: {refused}");
            database.sql("RESET ROLE").await?;
        }
        database.sql("DROP TABLE refinery_schema_history").await?;
        database.migrate().await?;
    }
    database.remove().await
}

#[tokio::test]
async fn who_migrates_is_told_what_was_closed_and_what_was_left() -> Result<()> {
    let (database, told) = adopted().await?;
    let said = |start: &str| -> BTreeSet<String> {
        let lists = told.iter().filter_map(|notice| notice.strip_prefix(start));
        lists.flat_map(|list| list.split([',', ';'])).map(|part| part.trim().to_owned()).collect()
    };
    // Sequences go with their tables.
    let relations =
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')";
    let relations = database.sql(relations).await?;
    let functions =
        database.sql("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace").await?;
    let ours = ours().await?;
    for role in ["anon", "authenticated"] {
        let closed = said(&format!("closed to {role}: "));
        for name in relations.lines().chain(functions.lines()).filter(|name| ours.contains(*name)) {
            let was_closed = CLOSED_BEFORE.contains(&name) || name == "apishopee_shops";
            assert_eq!(closed.contains(name), !was_closed, "{role} {name}: {told:?}");
        }
        let left = told.iter().filter(|notice| notice.starts_with("left as it was: "));
        let left: String = left.cloned().collect();
        for table in CLOSED_BEFORE {
            assert!(left.contains(&format!("of {role} on {table}")), "{role} {table}: {left}");
        }
    }
    let public = said("closed to PUBLIC: ");
    for name in functions.lines().filter(|name| ours.contains(*name)) {
        assert!(public.contains(name), "PUBLIC {name}: {told:?}");
    }
    let secured = said("row security for tables, the reader's own rights for views: ");
    for name in ["apishopee_ads_performance_daily", "apishopee_ads_sync_queue", "v_ads_freshness"] {
        assert!(secured.contains(name), "{name}: {told:?}");
    }
    assert!(!secured.iter().any(|name| CLOSED_BEFORE.contains(&name.as_str()) || name == "apishopee_shops"));
    assert!(!told.iter().any(|notice| notice.contains("token-1")));
    database.remove().await
}
