//! Grants that must outlive their objects: the first migrations drop a view and functions of an older installation, and make them
//! anew. Postgres forgets with them who was allowed what.

use anyhow::Result;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The last migration that drops something of an older installation.
pub(super) const LAST_DROP: i32 = 8;

/// The statements that grant again what was granted by name, but for what default privileges give anyway.
const GRANTS: &str = "
    WITH granted AS (
      SELECT c.relname AS name, 'r' AS kind, c.relowner AS owner, (aclexplode(c.relacl)).*
      FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'v_ads_sync_progress_status'
      UNION ALL
      SELECT p.proname, 'f', p.proowner, (aclexplode(p.proacl)).*
      FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
        AND p.proname IN ('init_ads_sync_progress', 'update_chunk_progress', 'complete_sync_progress',
          'process_sync_queue_with_chunks', 'enqueue_all_shops_sync', 'cleanup_old_sync_queue', 'cleanup_stuck_ads_sync')
    )
    SELECT DISTINCT CASE kind
      WHEN 'r' THEN format('GRANT %s ON %I TO %I', privilege_type, name, pg_get_userbyid(grantee))
      ELSE format('DO $do$
        DECLARE
          ours regprocedure;
        BEGIN
          FOR ours IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname = %L LOOP
            EXECUTE format(''GRANT EXECUTE ON FUNCTION %%s TO %I'', ours);
          END LOOP;
        END
        $do$', name, pg_get_userbyid(grantee))
      END
    FROM granted g
    WHERE g.grantee NOT IN (0, g.owner) AND NOT EXISTS (
      SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a
      WHERE d.defaclrole = g.owner AND d.defaclobjtype = g.kind::\"char\" AND a.grantee = g.grantee
        AND d.defaclnamespace IN (0, current_schema()::regnamespace) AND a.privilege_type = g.privilege_type)";

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

async fn texts(client: &Client, sql: &str) -> Result<Vec<String>> {
    let answer = client.simple_query(sql).await?;
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(answer.iter().filter_map(row).collect())
}
