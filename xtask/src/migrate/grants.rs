//! Preserves grants across recreation: the first migrations drop and recreate a view and functions of an older installation,
//! and Postgres drops their grants with them.

use anyhow::Result;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The last migration that drops objects of an older installation.
pub(super) const LAST_DROP: i32 = 8;

/// Generates the statements that restore explicit grants, except those that default privileges give anyway. The view's grants
/// are restored exactly; grants on columns that no longer exist are skipped.
const GRANTS: &str = "
    WITH view AS (
      SELECT c.oid, c.relname AS name, c.relowner AS owner, c.relacl AS acl
      FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'v_ads_sync_progress_status'
    ), view_grants AS (
      SELECT v.name, v.owner, a.grantee, array_agg(a.privilege_type ORDER BY a.privilege_type) AS privileges
      FROM view v, aclexplode(v.acl) a WHERE a.grantee NOT IN (0, v.owner) GROUP BY 1, 2, 3
    ), granted AS (
      SELECT p.proname AS name, p.proowner AS owner, (aclexplode(p.proacl)).*
      FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
        AND p.proname IN ('init_ads_sync_progress', 'update_chunk_progress', 'complete_sync_progress',
          'process_sync_queue_with_chunks', 'enqueue_all_shops_sync', 'cleanup_old_sync_queue', 'cleanup_stuck_ads_sync')
    ), by_default AS (
      SELECT d.defaclrole AS owner, d.defaclobjtype AS kind, a.grantee,
        array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type) AS privileges
      FROM pg_default_acl d, aclexplode(d.defaclacl) a
      WHERE d.defaclnamespace IN (0, current_schema()::regnamespace) GROUP BY 1, 2, 3
    )
    SELECT format('REVOKE ALL ON %1$I FROM %2$I; GRANT %3$s ON %1$I TO %2$I', h.name, pg_get_userbyid(h.grantee),
      array_to_string(h.privileges, ', '))
    FROM view_grants h LEFT JOIN by_default d ON d.owner = h.owner AND d.kind = 'r' AND d.grantee = h.grantee
    WHERE h.privileges IS DISTINCT FROM d.privileges
    UNION ALL
    SELECT format('DO $do$
      BEGIN
        GRANT %s (%I) ON %I TO %I;
      EXCEPTION WHEN undefined_column THEN NULL;
      END
      $do$', a.privilege_type, t.attname, v.name, pg_get_userbyid(a.grantee))
    FROM view v JOIN pg_attribute t ON t.attrelid = v.oid, aclexplode(t.attacl) a WHERE a.grantee NOT IN (0, v.owner)
    UNION ALL
    SELECT DISTINCT format('DO $do$
        DECLARE
          ours regprocedure;
        BEGIN
          FOR ours IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname = %L LOOP
            EXECUTE format(''GRANT EXECUTE ON FUNCTION %%s TO %I'', ours);
          END LOOP;
        END
        $do$', g.name, pg_get_userbyid(g.grantee))
    FROM granted g LEFT JOIN by_default d ON d.owner = g.owner AND d.kind = 'f' AND d.grantee = g.grantee
    WHERE g.grantee NOT IN (0, g.owner) AND d.grantee IS NULL";

/// Views with `security_invoker`. (PostgreSQL: `CREATE OR REPLACE VIEW` also replaces a view's options.)
const SECURITY_INVOKER_VIEWS: &str = "
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'v'
      AND EXISTS (SELECT FROM pg_options_to_table(reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean)";

const HAS_HISTORY: &str = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
const VERSION: &str = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";

/// The statements that restore the current grants; `None` if no pending migration drops anything.
pub(super) async fn to_restore(client: &Client) -> Result<Option<Vec<String>>> {
    if texts(client, HAS_HISTORY).await? == ["t"] {
        let version = texts(client, VERSION).await?;
        if version.iter().any(|version| version.parse().is_ok_and(|version: i32| version >= LAST_DROP)) {
            return Ok(None);
        }
    }
    texts(client, GRANTS).await.map(Some)
}

/// The views with `security_invoker`.
pub(super) async fn security_invoker_views(client: &Client) -> Result<Vec<String>> {
    texts(client, SECURITY_INVOKER_VIEWS).await
}

/// Sets `security_invoker` again on views that have lost it.
pub(super) async fn restore_security_invoker(client: &Client, before: &[String]) -> Result<()> {
    let now = security_invoker_views(client).await?;
    for view in before.iter().filter(|view| !now.contains(view)) {
        let name = view.replace('"', "\"\"");
        client
            .batch_execute(&format!("ALTER VIEW IF EXISTS \"{name}\" SET (security_invoker = true)"))
            .await?;
    }
    Ok(())
}

async fn texts(client: &Client, sql: &str) -> Result<Vec<String>> {
    let answer = client.simple_query(sql).await?;
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(answer.iter().filter_map(row).collect())
}
