//! Grants that must outlive their objects: the first migrations drop a view and functions of an older installation, and make them
//! anew. Postgres forgets with them who was allowed what.

use anyhow::Result;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The last migration that drops something of an older installation.
pub(super) const LAST_DROP: i32 = 8;

/// The statements that grant again what was granted by name, but for what default privileges give anyway. A view is granted as it
/// was, no more and no less; of columns that are gone there is nothing to grant.
const GRANTS: &str = "
    WITH view AS (
      SELECT c.oid, c.relname AS name, c.relowner AS owner, c.relacl AS acl
      FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'v_ads_sync_progress_status'
    ), held AS (
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
    FROM held h LEFT JOIN by_default d ON d.owner = h.owner AND d.kind = 'r' AND d.grantee = h.grantee
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

/// Views that act with their reader's rights. (PostgreSQL: `CREATE OR REPLACE VIEW` replaces a view's options too.)
const INVOKERS: &str = "
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'v'
      AND EXISTS (SELECT FROM pg_options_to_table(reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean)";

const HAS_HISTORY: &str = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
const VERSION: &str = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";

/// The statements with which what is granted now is granted again; `None`: nothing is dropped any more.
pub(super) async fn to_keep(client: &Client) -> Result<Option<Vec<String>>> {
    if texts(client, HAS_HISTORY).await? == ["t"] {
        let version = texts(client, VERSION).await?;
        if version.iter().any(|version| version.parse().is_ok_and(|version: i32| version >= LAST_DROP)) {
            return Ok(None);
        }
    }
    texts(client, GRANTS).await.map(Some)
}

/// The views that act with their reader's rights.
pub(super) async fn invokers(client: &Client) -> Result<Vec<String>> {
    texts(client, INVOKERS).await
}

/// Lets views that acted with their reader's rights go on to do so.
pub(super) async fn keep_invokers(client: &Client, before: &[String]) -> Result<()> {
    let now = invokers(client).await?;
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
