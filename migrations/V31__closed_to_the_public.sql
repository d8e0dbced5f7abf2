-- What is ours is closed to whoever holds a web API's public key: on a server with the roles anon and authenticated, default
-- privileges open new tables, views and functions to them. What an installation has granted by itself, or made safe by itself, stays.

-- Closes tables, views and functions of these names to PUBLIC, anon and authenticated; a migration that makes or replaces some
-- ends with a call of this. Grants of the latter two that are not just those of the default privileges are somebody's intention,
-- and stay; so does all that is granted on a table whose row security was on before. Says what it has done.
CREATE OR REPLACE FUNCTION ads_close_access(p_names TEXT[], p_schema TEXT DEFAULT current_schema()) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  web CONSTANT TEXT[] := ARRAY['anon', 'authenticated'];
  object RECORD;
  grantee RECORD;
  reader TEXT;
  blocked TEXT[];
  closed TEXT[] := '{}';
  kept TEXT[] := '{}';
  secured TEXT[] := '{}';
  others OID[];
BEGIN
  -- Who has been granted something of ours by name: whatever such a role could do as anybody, it can still do.
  SELECT coalesce(array_agg(DISTINCT acl.grantee), '{}') INTO others
  FROM (SELECT relowner AS owner, aclexplode(relacl) AS acl FROM pg_class
        WHERE relnamespace = p_schema::regnamespace AND relname = ANY (p_names)
        UNION ALL
        SELECT proowner, aclexplode(proacl) FROM pg_proc
        WHERE pronamespace = p_schema::regnamespace AND proname = ANY (p_names)) AS granted,
    LATERAL (SELECT (granted.acl).grantee) AS acl
  WHERE acl.grantee NOT IN (0, owner) AND pg_get_userbyid(acl.grantee) <> ALL (web);

  FOR object IN
    SELECT c.oid, c.relkind, c.relowner, c.relacl, c.reloptions, c.relrowsecurity, c.relname AS name,
      format('%I.%I', p_schema, c.relname) AS path,
      c.relrowsecurity AND NOT EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'ads_not_of_a_public_key') AS hardened
    FROM pg_class c
    WHERE c.relnamespace = p_schema::regnamespace AND c.relname = ANY (p_names) AND c.relkind IN ('r', 'p', 'v')
    ORDER BY c.relname
  LOOP
    blocked := web;
    FOR grantee IN
      SELECT r.oid, r.role,
        ARRAY(SELECT a.privilege_type FROM aclexplode(object.relacl) a WHERE a.grantee = r.oid ORDER BY 1)
          || ARRAY(SELECT format('%s (%s)', a.privilege_type, t.attname) FROM pg_attribute t, aclexplode(t.attacl) a
                   WHERE t.attrelid = object.oid AND a.grantee = r.oid ORDER BY 1) AS has,
        ARRAY(SELECT DISTINCT a.privilege_type FROM pg_default_acl d, aclexplode(d.defaclacl) a
              WHERE d.defaclrole = object.relowner AND d.defaclobjtype = 'r'
                AND d.defaclnamespace IN (0, p_schema::regnamespace) AND a.grantee = r.oid ORDER BY 1) AS by_default
      FROM (SELECT oid, quote_ident(rolname) AS role FROM pg_roles WHERE rolname = ANY (web)
            UNION ALL SELECT 0, 'PUBLIC') AS r
    LOOP
      CONTINUE WHEN grantee.has = '{}';
      IF grantee.oid <> 0 AND (object.hardened OR grantee.has <> grantee.by_default) THEN
        blocked := array_remove(blocked, grantee.role);
        kept := kept || format('%s of %s on %s', array_to_string(grantee.has, ', '), grantee.role, object.name);
        CONTINUE;
      END IF;
      EXECUTE format('REVOKE ALL ON %s FROM %s', object.path, grantee.role);
      closed := closed || format('%s %s', grantee.role, object.name);
    END LOOP;
    -- Sequences go with their tables.
    FOR reader IN
      SELECT format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC', d.objid::regclass) FROM pg_depend d
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refobjid = object.oid AND d.deptype IN ('a', 'i')
      UNION ALL
      SELECT format('REVOKE ALL ON SEQUENCE %s FROM %I', d.objid::regclass, r.rolname) FROM pg_depend d
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_roles r ON r.rolname = ANY (blocked)
      WHERE d.classid = 'pg_class'::regclass AND d.refobjid = object.oid AND d.deptype IN ('a', 'i')
    LOOP
      EXECUTE reader;
    END LOOP;

    IF object.relkind = 'v' THEN
      CONTINUE WHEN current_setting('server_version_num')::int < 150000
        OR 'security_invoker=true' = ANY (coalesce(object.reloptions, '{}'));
      -- Who may read the view and not what it reads would no longer be able to.
      SELECT string_agg(DISTINCT pg_get_userbyid(a.grantee), ', ') INTO reader
      FROM aclexplode(object.relacl) a, pg_rewrite w
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
      WHERE w.ev_class = object.oid AND d.refobjid <> object.oid AND a.grantee NOT IN (0, object.relowner)
        AND a.privilege_type = 'SELECT' AND pg_get_userbyid(a.grantee) = ANY (web || ARRAY(SELECT pg_get_userbyid(o) FROM unnest(others) o))
        AND NOT (pg_get_userbyid(a.grantee) = ANY (blocked))
        AND NOT has_any_column_privilege(a.grantee, d.refobjid, 'SELECT');
      IF reader IS NULL THEN
        EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', object.path);
        secured := secured || object.name;
      ELSE
        kept := kept || format('%s acts as its owner, as %s may read it and not its tables', object.name, reader);
      END IF;
    ELSIF NOT object.relrowsecurity THEN
      EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', object.path);
      -- Grants decide for all others, as they did before.
      EXECUTE format('CREATE POLICY ads_not_of_a_public_key ON %s USING (current_user <> ALL (%L::name[]))',
        object.path, blocked);
      secured := secured || object.name;
    END IF;
  END LOOP;

  FOR object IN
    SELECT p.oid, p.proowner, p.proacl, p.proconfig, p.proname AS name,
      format('%I.%I(%s)', p_schema, p.proname, pg_get_function_identity_arguments(p.oid)) AS path
    FROM pg_proc p
    WHERE p.pronamespace = p_schema::regnamespace AND p.proname = ANY (p_names) AND p.prokind = 'f'
    ORDER BY p.proname
  LOOP
    IF EXISTS (SELECT FROM aclexplode(coalesce(object.proacl, acldefault('f', object.proowner))) a WHERE a.grantee = 0) THEN
      FOR reader IN SELECT quote_ident(pg_get_userbyid(o)) FROM unnest(others) o LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', object.path, reader);
      END LOOP;
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', object.path);
      closed := closed || format('PUBLIC %s', object.name);
    END IF;
    FOR grantee IN
      SELECT quote_ident(r.rolname) AS role, EXISTS (
        SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) g
        WHERE d.defaclrole = object.proowner AND d.defaclobjtype = 'f'
          AND d.defaclnamespace IN (0, p_schema::regnamespace) AND g.grantee = r.oid) AS by_default
      FROM pg_roles r JOIN aclexplode(object.proacl) a ON a.grantee = r.oid
      WHERE r.rolname = ANY (web)
    LOOP
      IF grantee.by_default THEN
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', object.path, grantee.role);
        closed := closed || format('%s %s', grantee.role, object.name);
      ELSE
        kept := kept || format('EXECUTE of %s on %s', grantee.role, object.name);
      END IF;
    END LOOP;
    -- Names in a function mean what is here, whoever calls it.
    IF NOT EXISTS (SELECT FROM unnest(object.proconfig) setting
                   WHERE setting LIKE 'search_path=%' AND setting NOT LIKE '%$user%') THEN
      EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', object.path, p_schema);
    END IF;
  END LOOP;

  FOR object IN
    SELECT split_part(entry, ' ', 1) AS role, string_agg(split_part(entry, ' ', 2), ', ') AS names
    FROM unnest(closed) entry GROUP BY 1 ORDER BY 1
  LOOP
    RAISE NOTICE 'closed to %: %', object.role, object.names;
  END LOOP;
  IF secured <> '{}' THEN
    RAISE NOTICE 'row security for tables, the reader''s own rights for views: %', array_to_string(secured, ', ');
  END IF;
  IF kept <> '{}' THEN
    RAISE NOTICE 'left as it was: %', array_to_string(kept, '; ');
  END IF;
END
$$;

-- Whoever may change a campaign's row need not be allowed to write the log of changes.
ALTER FUNCTION ads_log_campaign_changes() SECURITY DEFINER;

SELECT ads_close_access(ARRAY[
  'refinery_schema_history', 'apishopee_shops', 'apishopee_ads_campaign_data', 'apishopee_ads_campaign_changes',
  'apishopee_ads_performance_daily', 'apishopee_ads_performance_hourly', 'apishopee_ads_shop_performance_daily',
  'apishopee_ads_shop_performance_hourly', 'apishopee_ads_shop_balance', 'apishopee_ads_sync_queue',
  'apishopee_ads_sync_progress', 'apishopee_ads_sync_status', 'apishopee_ads_sync_runs', 'apishopee_ads_sync_settings',
  'apishopee_ads_dead_letters', 'apishopee_ads_alerts', 'apishopee_ads_audit_log', 'apishopee_ads_api_drift',
  'apishopee_scheduled_ads_budget', 'apishopee_ads_budget_logs', 'apishopee_ads_budget_rules',
  'apishopee_ads_budget_state', 'apishopee_ads_budget_leases', 'apishopee_ads_budget_limits',
  'apishopee_ads_budget_changes', 'apishopee_ads_consent_links',
  'v_ads_sync_progress_status', 'v_ads_calls_daily', 'v_ads_unlisted_daily', 'v_ads_freshness', 'v_ads_sync_time_by_size',
  'v_ads_sync_eta',
  'ads_region_time_zone', 'ads_unix_ms', 'ads_from_unix_ms', 'ads_log_campaign_changes', 'ads_enqueue_due_syncs',
  'ads_budget_rules', 'ads_budget_schedules_print', 'ads_budget_schedule_json', 'ads_budget_schedule_row',
  'ads_put_budget_schedules', 'ads_budget_arm', 'ads_count_budget_rules_version', 'ads_note_budget_change', 'ads_intact',
  'ads_close_access', 'init_ads_sync_progress', 'update_chunk_progress', 'complete_sync_progress',
  'process_sync_queue_with_chunks', 'enqueue_all_shops_sync', 'cleanup_old_sync_queue', 'cleanup_old_sync_data',
  'cleanup_stuck_ads_sync']);
