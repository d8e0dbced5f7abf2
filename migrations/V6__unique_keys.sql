-- The keys that upserts rely on. An installation may have them under any name, as constraints or as indexes;
-- a second one would only cost time at each write.
DO $$
DECLARE
  wanted RECORD;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('apishopee_shops', ARRAY['shop_id']),
      ('apishopee_ads_campaign_data', ARRAY['shop_id', 'campaign_id']),
      ('apishopee_ads_performance_daily', ARRAY['shop_id', 'campaign_id', 'performance_date']),
      ('apishopee_ads_performance_hourly', ARRAY['shop_id', 'campaign_id', 'performance_date', 'hour']),
      ('apishopee_ads_shop_performance_daily', ARRAY['shop_id', 'performance_date']),
      ('apishopee_ads_shop_performance_hourly', ARRAY['shop_id', 'performance_date', 'hour']),
      ('apishopee_ads_sync_status', ARRAY['shop_id']),
      ('apishopee_scheduled_ads_budget', ARRAY['shop_id', 'campaign_id', 'hour_start', 'minute_start'])
    ) AS keys (table_name, columns)
  LOOP
    IF NOT EXISTS (
      SELECT FROM pg_index i
      WHERE i.indrelid = wanted.table_name::regclass AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (SELECT array_agg(a.attname::TEXT ORDER BY a.attname)
             FROM pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::INT2[])[0:i.indnkeyatts - 1]))
          = (SELECT array_agg(name ORDER BY name) FROM unnest(wanted.columns) AS name)
    ) THEN
      EXECUTE format('CREATE UNIQUE INDEX %I ON %I (%s)', wanted.table_name || '_key', wanted.table_name,
        (SELECT string_agg(quote_ident(name), ', ' ORDER BY place)
         FROM unnest(wanted.columns) WITH ORDINALITY AS u (name, place)));
    END IF;
  END LOOP;
END
$$;
