-- Columns that Shopee fills take what Shopee sends. An older installation's may be narrower (a word of a list, an integer of four
-- bytes, an amount below a million), and one row that did not fit would fail its whole chunk. Types only get wider: a view that
-- uses a column is made anew, with its owner, options, comments and grants; a CHECK on these columns is dropped, since
-- Shopee's words and signs are its own. What cannot be changed is said and stays; its rows are set apart one by one.

-- The type that a column shall have; NULL if it is wide enough.
CREATE FUNCTION pg_temp.wider(column_name TEXT, old OID, typmod INTEGER) RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
  words CONSTANT TEXT[] := ARRAY['ad_type', 'name', 'status', 'campaign_placement', 'bidding_method'];
  counts CONSTANT TEXT[] := ARRAY['start_time', 'end_time', 'impression', 'clicks', 'direct_order', 'broad_order',
    'direct_item_sold', 'broad_item_sold'];
  ratios CONSTANT TEXT[] := ARRAY['ctr', 'roas', 'acos'];
  digits INTEGER := CASE WHEN column_name = ANY (ratios) THEN 18 ELSE 13 END;
  decimals INTEGER := CASE WHEN column_name = ANY (ratios) THEN 6 WHEN column_name = 'roas_target' THEN 4 ELSE 2 END;
  precision_now INTEGER := ((typmod - 4) >> 16) & 65535;
  scale_now INTEGER := (typmod - 4) & 2047;
BEGIN
  IF column_name = ANY (words) THEN
    RETURN CASE WHEN old = 'text'::regtype THEN NULL
      WHEN old IN ('varchar'::regtype, 'bpchar'::regtype) AND typmod < 0 THEN NULL
      WHEN old IN ('varchar'::regtype, 'bpchar'::regtype)
        OR EXISTS (SELECT FROM pg_type t WHERE t.oid = old AND t.typtype = 'e') THEN 'TEXT' END;
  ELSIF column_name = 'item_count' THEN
    RETURN CASE WHEN old = 'int2'::regtype THEN 'INTEGER' END;
  ELSIF column_name = ANY (counts) THEN
    RETURN CASE WHEN old IN ('int2'::regtype, 'int4'::regtype) THEN 'BIGINT' END;
  ELSIF old IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN
    RETURN format('NUMERIC(%s,%s)', digits + decimals, decimals);
  ELSIF old = 'numeric'::regtype AND typmod >= 4 AND (precision_now - scale_now < digits OR scale_now < decimals) THEN
    RETURN format('NUMERIC(%s,%s)', greatest(precision_now - scale_now, digits) + greatest(scale_now, decimals),
      greatest(scale_now, decimals));
  END IF;
  RETURN NULL;
END
$$;

-- Runs the changes of a table's columns with the views and triggers out of the way that hold on to them.
CREATE FUNCTION pg_temp.change(changed REGCLASS, changes TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  part RECORD;
  again TEXT[] := '{}';
BEGIN
  -- Views on the table and views on those, the outer ones last.
  FOR part IN
    WITH RECURSIVE uses AS (
      SELECT d.objid AS rule, 1 AS depth FROM pg_depend d
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = changed
      UNION
      SELECT d.objid, u.depth + 1 FROM uses u JOIN pg_rewrite r ON r.oid = u.rule
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = r.ev_class AND d.objid <> r.oid
      WHERE u.depth < 100
    )
    SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relacl, c.reloptions, c.relowner, pg_get_viewdef(c.oid) AS sql,
      obj_description(c.oid, 'pg_class') AS comment, max(u.depth) AS depth
    FROM uses u JOIN pg_rewrite r ON r.oid = u.rule JOIN pg_class c ON c.oid = r.ev_class
    WHERE c.oid <> changed
    GROUP BY c.oid ORDER BY depth DESC, c.oid
  LOOP
    IF part.relkind <> 'v' OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = part.oid)
      OR (SELECT count(*) FROM pg_rewrite r WHERE r.ev_class = part.oid) > 1 THEN
      RAISE EXCEPTION '% uses it and cannot be made anew', part.name;
    END IF;
    again := ARRAY[format('SELECT pg_temp.make_view(%L, %L, %L, %L::text[])',
        part.name || CASE WHEN part.reloptions IS NULL THEN ''
          ELSE format(' WITH (%s)', array_to_string(part.reloptions, ', ')) END,
        part.name, rtrim(part.sql, '; '), ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = part.oid AND a.attnum > 0 AND a.atttypid = 'int8'::regtype)),
      format('ALTER VIEW %s OWNER TO %I', part.name, pg_get_userbyid(part.relowner)),
      format('SELECT pg_temp.restore_grants(%L::regclass, %L::aclitem[])', part.name, part.relacl)]
      || ARRAY(
        SELECT format('GRANT %s (%I) ON %s TO %s%s', g.privilege_type, a.attname, part.name,
          CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
          CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) g WHERE a.attrelid = part.oid AND a.attacl IS NOT NULL)
      || ARRAY(
        SELECT format('COMMENT ON COLUMN %s.%I IS %L', part.name, a.attname, col_description(part.oid, a.attnum))
        FROM pg_attribute a WHERE a.attrelid = part.oid AND a.attnum > 0 AND col_description(part.oid, a.attnum) IS NOT NULL)
      || CASE WHEN part.comment IS NULL THEN '{}' ELSE ARRAY[format('COMMENT ON VIEW %s IS %L', part.name, part.comment)] END
      || again;
    EXECUTE format('DROP VIEW %s', part.name);
  END LOOP;
  FOR part IN
    SELECT t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) AS sql FROM pg_trigger t
    WHERE t.tgrelid = changed AND NOT t.tgisinternal AND (t.tgqual IS NOT NULL OR array_length(t.tgattr::int2[], 1) > 0)
  LOOP
    again := again || part.sql;
    IF part.tgenabled <> 'O' THEN
      again := again || format('ALTER TABLE %s %s TRIGGER %I', changed,
        CASE part.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, part.tgname);
    END IF;
    EXECUTE format('DROP TRIGGER %I ON %s', part.tgname, changed);
  END LOOP;
  EXECUTE format('ALTER TABLE %s %s', changed, changes);
  FOR i IN 1 .. coalesce(array_length(again, 1), 0) LOOP
    EXECUTE again[i];
  END LOOP;
END
$$;

-- Makes a view. A sum of integers of eight bytes is numeric: what was a bigint stays one.
CREATE FUNCTION pg_temp.make_view(head TEXT, name TEXT, query TEXT, longs TEXT[]) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  columns TEXT;
BEGIN
  EXECUTE format('CREATE VIEW %s AS %s', head, query);
  SELECT string_agg(CASE WHEN a.attname = ANY (longs) THEN format('%1$I::bigint AS %1$I', a.attname)
    ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum)
  INTO columns FROM pg_attribute a
  WHERE a.attrelid = name::regclass AND a.attnum > 0
  HAVING bool_or(a.attname = ANY (longs) AND a.atttypid = 'numeric'::regtype);
  IF columns IS NOT NULL THEN
    EXECUTE format('DROP VIEW %s', name);
    EXECUTE format('CREATE VIEW %s AS SELECT %s FROM (%s) AS made', head, columns, query);
  END IF;
END
$$;

-- Gives a view that was made anew exactly the grants that it had, whatever default privileges say.
CREATE FUNCTION pg_temp.restore_grants(made REGCLASS, had ACLITEM[]) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  part RECORD;
  grantee TEXT;
BEGIN
  FOR part IN
    SELECT DISTINCT g.grantee FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g
    WHERE c.oid = made AND (g.grantee <> c.relowner OR had IS NOT NULL)
  LOOP
    grantee := CASE part.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(part.grantee)) END;
    EXECUTE format('REVOKE ALL ON %s FROM %s', made, grantee);
  END LOOP;
  FOR part IN SELECT g.* FROM aclexplode(had) g LOOP
    grantee := CASE part.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(part.grantee)) END;
    EXECUTE format('GRANT %s ON %s TO %s%s', part.privilege_type, made, grantee,
      CASE WHEN part.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
  END LOOP;
END
$$;

DO $$
DECLARE
  tables CONSTANT TEXT[] := ARRAY['apishopee_ads_campaign_data', 'apishopee_ads_performance_daily',
    'apishopee_ads_performance_hourly', 'apishopee_ads_shop_performance_daily', 'apishopee_ads_shop_performance_hourly'];
  filled CONSTANT TEXT[] := ARRAY['ad_type', 'name', 'status', 'campaign_placement', 'bidding_method', 'campaign_budget',
    'start_time', 'end_time', 'roas_target', 'item_count', 'impression', 'clicks', 'ctr', 'expense', 'direct_order',
    'direct_gmv', 'broad_order', 'broad_gmv', 'direct_item_sold', 'broad_item_sold', 'roas', 'acos'];
  part RECORD;
  changes TEXT[];
  one TEXT;
  name TEXT;
BEGIN
  FOREACH name IN ARRAY tables LOOP
    FOR part IN
      SELECT k.conname, pg_get_constraintdef(k.oid) AS sql FROM pg_constraint k
      WHERE k.conrelid = to_regclass(quote_ident(name)) AND k.contype = 'c' AND k.conkey IS NOT NULL
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
          AND a.attname = ANY (filled))
    LOOP
      EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', name, part.conname);
      RAISE NOTICE '%: dropped the constraint % %', name, part.conname, part.sql;
    END LOOP;
    -- What Shopee does not tell is NULL.
    FOR part IN
      SELECT a.attname FROM pg_attribute a
      WHERE a.attrelid = to_regclass(quote_ident(name)) AND a.attname = ANY (filled) AND a.attnotnull AND NOT a.attisdropped
    LOOP
      EXECUTE format('ALTER TABLE %I ALTER COLUMN %I DROP NOT NULL', name, part.attname);
    END LOOP;
    SELECT coalesce(array_agg(format('%sALTER COLUMN %I TYPE %s USING %2$I::%3$s%s',
        CASE WHEN t.typtype = 'e' AND d.oid IS NOT NULL THEN format('ALTER COLUMN %I DROP DEFAULT, ', a.attname) ELSE '' END,
        a.attname, w.type,
        CASE WHEN t.typtype = 'e' AND d.oid IS NOT NULL
          THEN format(', ALTER COLUMN %I SET DEFAULT (%s)::TEXT', a.attname, pg_get_expr(d.adbin, d.adrelid)) ELSE '' END)), '{}')
    INTO changes
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    CROSS JOIN LATERAL (SELECT pg_temp.wider(a.attname, a.atttypid, a.atttypmod) AS type) w
    WHERE a.attrelid = to_regclass(quote_ident(name)) AND a.attname = ANY (filled) AND NOT a.attisdropped AND w.type IS NOT NULL;
    CONTINUE WHEN changes = '{}';
    -- All in one, since each rewrites the table; else those that can be done.
    BEGIN
      PERFORM pg_temp.change(to_regclass(quote_ident(name)), array_to_string(changes, ', '));
    EXCEPTION WHEN OTHERS THEN
      FOREACH one IN ARRAY changes LOOP
        BEGIN
          PERFORM pg_temp.change(to_regclass(quote_ident(name)), one);
        EXCEPTION WHEN OTHERS THEN
          RAISE WARNING '%: % was not possible (%); rows that do not fit are set apart', name, one, SQLERRM;
        END;
      END LOOP;
    END;
  END LOOP;
END
$$;

DROP FUNCTION pg_temp.change(REGCLASS, TEXT);
DROP FUNCTION pg_temp.make_view(TEXT, TEXT, TEXT, TEXT[]);
DROP FUNCTION pg_temp.restore_grants(REGCLASS, ACLITEM[]);
DROP FUNCTION pg_temp.wider(TEXT, OID, INTEGER);

-- What was made anew has what default privileges open.
SELECT ads_close_access(ARRAY['v_ads_sync_progress_status', 'v_ads_calls_daily', 'v_ads_unlisted_daily', 'v_ads_freshness',
  'v_ads_sync_time_by_size', 'v_ads_sync_eta']);
